import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { CoveError } from '../../../electron/contract/errors.ts'
import { remark } from '#contract/remark.ts'
import { Gate } from '../../unit/engine/life/fake-vm.ts'
import { startTestEngine, type TestEngine } from '../../unit/engine/test-engine.ts'
import { expect, test as base, untilLive, type LaunchedApp } from '../fixtures/app.ts'

const pictures = join(import.meta.dirname, '..', 'screenshots')
const gib = 1024 ** 3

/** The app on an engine whose vm, tunnel and Docker are fakes: everything that a running vm shows, without one. */
const test = base.extend<{ engine: TestEngine; app: LaunchedApp }>({
  engine: async ({}, use) => {
    const engine = await startTestEngine()
    for (const [name, value] of [['desktop.startVm', 'false'], ['desktop.language', 'en'], ['desktop.theme', 'light']] as const) await engine.parts.settings.set(name, value)
    Object.assign(engine.parts.disk, { usage: async () => ({ capacityBytes: 64 * gib, allocatedBytes: 18.4 * gib, hostFreeBytes: 212 * gib }) })
    await use(engine)
    await engine[Symbol.asyncDispose]()
  },
  app: async ({ home, engine }, use) => {
    const app = await home.launch({ env: { COVE_HOME: engine.paths.home } })
    await untilLive(app.window)
    await use(app)
    await app.electron.close().catch(() => undefined)
  },
})

test('a start is followed step by step, then Docker is there with what to try first', async ({ engine, app: { window } }) => {
  const gate = (engine.fake.gates.docker = new Gate())
  await window.getByRole('main').getByRole('button', { name: 'Start Docker' }).click()
  await gate.reached
  const steps = window.getByRole('region', { name: 'Starting' }).getByRole('listitem')
  await expect(steps.filter({ hasText: 'Waiting for Docker to answer' })).toHaveAttribute('aria-current', 'step')
  await expect(steps.filter({ hasText: 'Checking the guest image' })).toHaveText(/ms|sec/)
  await window.screenshot({ path: join(pictures, 'overview-starting.png') })
  gate.open()
  await expect(window.getByRole('main').getByText('Docker is running')).toBeVisible()
  await expect(window.getByText('docker run --rm cove/welcome')).toBeVisible()
  await expect(window.getByText('slow')).toBeVisible()
  const { violations } = await new AxeBuilder({ page: window }).setLegacyMode().analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual([])
  await window.screenshot({ path: join(pictures, 'overview-running.png') })
})

test('the disk screen says what is taken and takes only a larger size', async ({ app: { window } }) => {
  await window.getByRole('link', { name: 'Disk' }).click()
  await expect(window.getByRole('img', { name: /Taken on this computer: 18\.4 GiB/ })).toBeVisible()
  await expect(window.getByRole('button', { name: 'Reclaim space' })).toBeDisabled()
  const size = window.getByRole('spinbutton', { name: 'New size' })
  await size.fill('20')
  await expect(window.getByRole('alert')).toHaveText('Must be more than 64 GiB.')
  await size.fill('128')
  await window.getByRole('button', { name: 'Resize' }).click()
  await expect(window.getByText('The disk may now grow to 128 GiB.')).toBeVisible()
  await window.screenshot({ path: join(pictures, 'disk-used.png') })
})

test('a start that fails says why and what to do, and can be tried again', async ({ engine, app: { window } }) => {
  const gate = (engine.fake.gates.start = new Gate())
  await window.getByRole('main').getByRole('button', { name: 'Start Docker' }).click()
  await gate.reached
  gate.fail(new CoveError('vm.start-failed', { message: 'QEMU ended with exit code 1: "no space left"', hint: 'Free some space, then start again.' }))
  const alert = window.getByRole('main').getByRole('alert')
  await expect(alert).toContainText('no space left')
  await expect(alert).toContainText('Free some space')
  await window.screenshot({ path: join(pictures, 'overview-failed.png') })
  engine.parts.machine.update({ remarks: [remark('port.in-use', 'A port is taken.', { port: '127.0.0.1:80/tcp' })] })
  await engine.parts.settings.set('desktop.language', 'ko')
  await expect(window.getByText('포트 127.0.0.1:80/tcp 열기 실패: 다른 프로그램이 사용 중입니다')).toBeVisible()
  await expect(window.getByText('A port is taken.')).toBeVisible()
  await expect(alert).toContainText('가상 머신을 시작하지 못했습니다')
  await expect(alert.locator('[lang=en]')).toContainText('no space left')
  await engine.parts.settings.set('desktop.language', 'en')
  delete engine.fake.gates.start
  await alert.getByRole('button', { name: 'Try again' }).click()
  await expect(window.getByRole('main').getByText('Docker is running')).toBeVisible()
})

test('stop, restart and a start that is called off are one click each', async ({ engine, app: { window } }) => {
  const main = window.getByRole('main')
  const gate = (engine.fake.gates.docker = new Gate())
  await main.getByRole('button', { name: 'Start Docker' }).click()
  await gate.reached
  await main.getByRole('button', { name: 'Cancel start' }).click()
  await expect(main.getByText('Docker is off')).toBeVisible()
  // Who calls a start off need not be told that it ended.
  await expect(main.getByRole('alert')).toHaveCount(0)
  delete engine.fake.gates.docker
  await main.getByRole('button', { name: 'Start Docker' }).click()
  await main.getByRole('button', { name: 'Restart Docker' }).click()
  await expect.poll(() => engine.fake.states.filter((state) => state === 'running').length).toBe(2)
  await main.getByRole('button', { name: 'Stop Docker' }).click()
  await expect(main.getByText('Docker is off')).toBeVisible()
})

test('quitting asks what becomes of a running vm, keeps the answer, and obeys it', async ({ engine, app: { window, electron } }) => {
  base.skip(process.env['ELECTRON_OVERRIDE_DIST_PATH'] === undefined, 'a real dialog cannot be answered')
  await window.getByRole('main').getByRole('button', { name: 'Start Docker' }).click()
  await expect(window.getByRole('main').getByText('Docker is running')).toBeVisible()
  const answer = (response: number, checkboxChecked: boolean) =>
    electron.evaluate((module, given) => void Object.assign((module as unknown as { standIn: { answers: { messageBox: object } } }).standIn.answers.messageBox, given), { response, checkboxChecked })
  await answer(2, false)
  await window.evaluate(() => (globalThis as unknown as { cove: { quit(): void } }).cove.quit())
  await expect(window.getByRole('main').getByText('Docker is running')).toBeVisible()
  await answer(1, true)
  const closed = electron.waitForEvent('close')
  await window.evaluate(() => (globalThis as unknown as { cove: { quit(): void } }).cove.quit())
  await closed
  expect(engine.parts.settings.get('desktop.onQuit').value).toBe('stop')
  expect(engine.exits).toEqual([{ keepVm: false }])
  expect(engine.fake.machine.state).toBe('off')
})
