import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ShareEntry } from '#contract/share.ts'
import { answerDialogs } from '../fixtures/dialogs.ts'
import { dockerId } from '../fixtures/docker-contents.ts'
import { test } from '../fixtures/docker.ts'
import { remark } from '#contract/remark.ts'
import { expect } from '../fixtures/app.ts'
import { lookInBoth } from '../fixtures/look.ts'

test('published ports are listed with whose they are and what is in the way, and tried anew', async ({ app: { window, engine } }) => {
  const want = { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 8080, containerPort: 80 } as const
  const state = (problem: string | undefined) => [
    { want, binding: { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 8080 }, problem: undefined, remark: undefined },
    { want: { ...want, hostPort: 5432, containerPort: 5432 }, binding: { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 5432 }, problem, remark: problem === undefined ? undefined : remark('port.in-use', problem, { port: '127.0.0.1:5432/tcp' }) },
    { want: { ...want, protocol: 'udp', hostPort: 53, containerPort: 53 }, binding: { protocol: 'udp', hostAddress: '::1', hostPort: 53 }, problem: undefined },
  ]
  let now = state('port 5432 is taken by another program')
  engine.parts.ports.list = () => Promise.resolve(now as never)
  await window.evaluate(() => (location.hash = '#/settings'))
  const ports = window.getByRole('region', { name: 'Ports' })
  const taken = ports.getByRole('row').filter({ hasText: '127.0.0.1:5432/tcp' })
  await expect(taken).toContainText('port 5432 is taken by another program')
  await expect(taken.getByRole('link', { name: 'shop-db-1' })).toHaveAttribute('href', `#/containers/${dockerId('shop-db-1')}`)
  await expect(ports.getByRole('row').filter({ hasText: '[::1]:53/udp' })).toContainText('open')
  await expect(ports.getByRole('link', { name: '127.0.0.1:8080/tcp' })).toHaveAttribute('href', 'http://127.0.0.1:8080')
  await window.getByRole('searchbox', { name: 'Find a setting' }).fill('port.')
  await lookInBoth({ window, engine }, 'settings-ports', { isLong: true })
  now = state(undefined)
  await ports.getByRole('button', { name: 'Try again' }).click()
  await expect(taken.getByRole('link', { name: '127.0.0.1:5432/tcp' })).toBeVisible()
  // The setting that decides where they listen stands above them.
  await ports.getByRole('combobox', { name: 'Published ports listen' }).selectOption('all')
  await expect.poll(() => engine.parts.settings.values['port.bind']).toBe('all')
})

test('folders are shared by a dialog, refused with the reason, shown when they vanish, and taken off the list', async ({ app: { window, electron, engine } }) => {
  const folder = mkdtempSync(join(tmpdir(), 'cove-share-'))
  try {
    await engine.parts.settings.set('share.folders', '[]')
    await window.evaluate(() => (location.hash = '#/settings/share.folders'))
    const shares = window.getByRole('region', { name: 'Shared folders' })
    await expect(shares.getByText('Nothing is shared')).toBeVisible()
    await expect(shares.getByRole('button', { name: 'Share a folder…' })).toBeFocused()
    const choose = async (path: string): Promise<void> => {
      await answerDialogs(electron, { openPaths: [path] })
      await shares.getByRole('button', { name: 'Share a folder…' }).click()
    }
    await choose(join(folder, 'missing'))
    await expect(shares.getByRole('alert')).toContainText('there is no such folder')
    mkdirSync(join(folder, 'data'))
    await choose(join(folder, 'data'))
    const row = shares.getByRole('listitem').filter({ hasText: join(folder, 'data') })
    await expect(row).toContainText('shared when Docker runs')
    rmSync(join(folder, 'data'), { recursive: true })
    await window.evaluate(() => globalThis.dispatchEvent(new Event('focus')))
    await expect(row).toContainText('not there')
    await expect(row.getByRole('alert')).toHaveText('There is no such folder')
    await window.getByRole('searchbox', { name: 'Find a setting' }).fill('share.')
    await lookInBoth({ window, engine }, 'settings-shares', { isLong: true })
    await row.getByRole('button', { name: `Share ${join(folder, 'data')} no more` }).click()
    await window.getByRole('dialog').getByRole('button', { name: 'Share no more' }).click()
    await expect(shares.getByText('Nothing is shared')).toBeVisible()
    expect(engine.parts.settings.values['share.folders']).toEqual([])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('each shared folder says what serves it, and when that is not what is chosen', async ({ app: { window, engine } }) => {
  const share = { state: 'mounted', reason: null, remark: null } as const
  const listed: ShareEntry[] = [
    { ...share, path: '/home/me', guestPath: '/home/me', entry: 'home', driver: 'virtiofs' },
    { ...share, path: '/srv/code', guestPath: '/srv/code', entry: '/srv/code', driver: 'cove', reason: "by Cove's own file server, not by virtiofs" },
    { ...share, path: '/home/me/in', guestPath: '/home/me/in', entry: '/home/me/in', driver: 'virtiofs', state: 'covered', reason: 'it lies in "/home/me"' },
  ]
  engine.parts.sharing.list = () => Promise.resolve(listed)
  await engine.parts.settings.set('share.driver', 'virtiofs')
  await window.evaluate(() => (location.hash = '#/settings/share.folders'))
  const shares = window.getByRole('region', { name: 'Shared folders' })
  await expect(shares.getByRole('combobox', { name: 'What serves shared folders' })).toHaveValue('virtiofs')
  const row = (path: string) => shares.getByRole('listitem').filter({ has: window.getByText(path, { exact: true }) })
  await expect(row('/home/me')).toHaveText('/home/meyour homevirtiofsshared')
  await expect(row('/srv/code')).toHaveText(/^\/srv\/codeCove’s file servervirtiofs is chosen: .* next start on\.shared$/)
  await expect(row('/home/me/in')).toHaveText('/home/me/ininside another one')
  await window.getByRole('searchbox', { name: 'Find a setting' }).fill('share.')
  await lookInBoth({ window, engine }, 'settings-share-drivers', { isLong: true })
})

test('Docker’s options are checked at the line as they are typed, put in force after a warning, and undone', async ({ app: { window, engine } }) => {
  engine.daemon.refuse = (options) => ('nonsense' in options ? "unable to configure the Docker daemon with file /f: the following directives don't match any configuration option: nonsense" : undefined)
  await window.evaluate(() => (location.hash = '#/settings'))
  const part = window.getByRole('region', { name: 'Docker Engine (daemon.json)' })
  const editor = part.getByRole('textbox', { name: 'Options of Docker Engine' })
  const apply = part.getByRole('button', { name: 'Apply…' })
  await editor.fill('{\n  "debug": true,\n}')
  await expect(part.getByRole('listitem')).toContainText('Line 2: this is no JSON')
  await editor.fill('{\n  "debug": true,\n  "nonsense": 1,\n  "hosts": []\n}')
  await expect(part.getByRole('listitem')).toHaveText('Line 4: "hosts" cannot be set here: Cove would lose Docker with it')
  await expect(apply).toBeDisabled()
  await editor.fill('{\n  "debug": true,\n  "nonsense": 1\n}')
  await expect(part.getByRole('listitem')).toContainText("Line 3: the following directives don't match any configuration option: nonsense")
  await window.getByRole('searchbox', { name: 'Find a setting' }).fill('docker.')
  await lookInBoth({ window, engine }, 'settings-daemon', { isLong: true })
  await editor.fill('{\n  "debug": true\n}')
  await expect(part.getByText('Docker takes it')).toBeVisible()
  await apply.click()
  const dialog = window.getByRole('dialog')
  await expect(dialog.getByRole('listitem').filter({ hasText: 'shop-db-1' })).toBeVisible()
  await lookInBoth({ window, engine }, 'settings-daemon-apply')
  expect(engine.daemon.starts).toBe(0)
  await dialog.getByRole('button', { name: 'Start Docker again' }).click()
  await expect(window.getByText('Docker runs with these options.')).toBeVisible()
  expect(engine.daemon.starts).toBe(1)
  await expect(apply).toBeDisabled()
  await part.getByRole('button', { name: 'Undo the last change…' }).click()
  await expect(dialog.getByText('none', { exact: true })).toBeVisible()
  await dialog.getByRole('button', { name: 'Bring them back' }).click()
  await expect(editor).toHaveValue('')
  expect(await engine.parts.daemonOptions.get()).toMatchObject({ text: '', former: '{\n  "debug": true\n}' })
})
