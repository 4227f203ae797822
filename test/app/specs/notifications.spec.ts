import { dockerId } from '../fixtures/docker-contents.ts'
import { test, type DockerApp } from '../fixtures/docker.ts'
import { expect } from '../fixtures/app.ts'
import { clickNotification, isStandIn, seeNotifications, seeTray } from '../fixtures/tray.ts'

test.skip(!isStandIn, 'the system shows notifications itself')

const web = dockerId('shop-web-1')
const titles = async (app: DockerApp): Promise<string[]> => (await seeNotifications(app.electron)).map(({ title }) => title)
/** Docker tells that containers ended, and the tray that the app heard of Docker. */
const die = (app: DockerApp, names: string[], exitCode = 1): void => names.forEach((name) => app.docker.tell('die', dockerId(name), 'container', { name, exitCode: String(exitCode) }))

test.beforeEach(async ({ app }) => {
  await expect.poll(async () => (await seeTray(app.electron)).lines).toContain('Running containers (6)')
})

test('a container that died is told of, and a click leads to its log', async ({ app }) => {
  app.docker.tell('kill', dockerId('redis'), 'container', { name: 'redis', signal: '15' })
  die(app, ['redis'], 143)
  die(app, ['importer'], 0)
  die(app, ['shop-web-1'], 137)
  await expect.poll(() => seeNotifications(app.electron)).toEqual([{ title: 'shop-web-1 ended', body: 'With exit code 137. Its log may say why.' }])
  await clickNotification(app.electron, 'shop-web-1 ended')
  await expect(app.window.getByRole('heading', { level: 1 })).toHaveText('shop-web-1')
  await expect(app.window.getByRole('tab', { name: 'Logs', exact: true })).toHaveAttribute('aria-selected', 'true')
})

test('twelve that end at once are one notification, which leads to what happened', async ({ app }) => {
  die(app, Array.from({ length: 12 }, (_, index) => `c${index}`))
  // All of them within the second in which is gathered, or on a very slow machine in a few of those.
  await expect.poll(async () => (await titles(app)).reduce((sum, title) => sum + Number(/^\d+/.exec(title)?.[0] ?? 1), 0), { timeout: 30_000 }).toBe(12)
  const shown = await titles(app)
  expect(shown.length).toBeLessThan(4)
  await clickNotification(app.electron, shown.find((title) => title.endsWith('containers ended'))!)
  await expect(app.window.getByRole('heading', { level: 1 })).toHaveText('Activity')
})

test('each sort has its switch in the settings, and want of memory and disks are sorts of their own', async ({ app }) => {
  await app.window.evaluate(() => (location.hash = '#/settings'))
  await app.window.getByRole('switch', { name: 'Tell of containers that end' }).uncheck()
  await expect.poll(() => app.engine.parts.settings.get('desktop.notifyExits').value).toBe(false)
  await app.window.getByRole('switch', { name: 'Tell of full disks' }).uncheck()
  await expect.poll(() => app.engine.parts.settings.get('desktop.notifyDisk').value).toBe(false)
  // Main has heard of it when it has changed its language with the next setting.
  await app.engine.parts.settings.set('desktop.language', 'ko')
  await expect.poll(async () => (await seeTray(app.electron)).lines).toContain('Cove 종료')
  die(app, ['redis'])
  app.engine.parts.store.addEvent('disk.full', { disk: 'host', freeBytes: 1 })
  app.docker.tell('oom', web, 'container', { name: 'shop-web-1' })
  await expect.poll(() => titles(app)).toEqual(['shop-web-1 컨테이너의 메모리가 부족합니다'])
})

test('who looks at the container’s page needs no telling', async ({ app }) => {
  await app.window.evaluate((hash) => (location.hash = hash), `#/containers/${web}/stats`)
  await expect(app.window.getByRole('heading', { level: 1 })).toHaveText('shop-web-1')
  die(app, ['shop-web-1'])
  app.docker.tell('oom', dockerId('redis'), 'container', { name: 'redis' })
  await expect.poll(() => titles(app)).toEqual(['redis ran out of memory'])
})
