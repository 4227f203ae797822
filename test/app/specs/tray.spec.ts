import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listedContainer, dockerId } from '../fixtures/docker-contents.ts'
import { test } from '../fixtures/docker.ts'
import { expect } from '../fixtures/app.ts'
import { answerBoxes, callsOf, clickTray, isStandIn, seeTray } from '../fixtures/tray.ts'

test.skip(!isStandIn, 'the system draws the tray itself')

const web = dockerId('shop-web-1')

test('the tray lists what runs, each with its ports, logs and stop, and follows what happens', async ({ app: { electron, window, docker, engine } }) => {
  const lines = async (): Promise<string[]> => (await seeTray(electron)).lines
  // Containers and projects come one after the other.
  await expect.poll(async () => (await lines()).filter((line) => /^ {2}\S/.test(line))).toEqual(['  broken (unhealthy)', '  dns (paused)', '  redis', '  shop-api-1', '  shop-db-1', '  shop-web-1', '  shop (3 of 4 running)'])
  expect(await lines()).toContain('Running containers (6)')
  await clickTray(electron, `container:${web}:http://localhost:8080`)
  await expect.poll(() => callsOf(electron, 'shell.openExternal')).toEqual(['http://localhost:8080'])
  await clickTray(electron, `container:${web}:logs`)
  await expect(window.getByRole('heading', { level: 1 })).toHaveText('shop-web-1')
  await expect(window.getByRole('tab', { name: 'Logs', exact: true })).toHaveAttribute('aria-selected', 'true')
  docker.serve(`/containers/${web}/stop`, (_, response) => {
    docker.containers.set(web, listedContainer({ name: 'shop-web-1', image: 'nginx:1.29', state: 'exited', status: 'Exited (0) now', project: 'shop', service: 'web' }))
    response.writeHead(204).end()
    docker.tell('die', web)
  })
  await clickTray(electron, `container:${web}:stop`)
  await expect.poll(lines).toContain('Running containers (5)')
  await expect.poll(lines).toContain('  shop (2 of 4 running)')
  // With the vm goes what ran in it.
  await engine.parts.life.stop()
  await expect.poll(lines).toEqual(['Docker is off', 'Start Docker', 'Open Cove', 'Settings…', 'Quit Cove'])
})

test('the tray is drawn anew only for what it shows, with hostile names as text', async ({ app: { electron, window, docker, engine } }) => {
  await expect.poll(async () => (await seeTray(electron)).lines).toEqual(expect.arrayContaining(['Running containers (6)', '  shop (3 of 4 running)']))
  await window.evaluate(() => (location.hash = '#/containers'))
  const before = (await seeTray(electron)).menus
  const redis = dockerId('redis')
  docker.containers.set(redis, listedContainer({ name: 'redis', image: 'renamed/redis:8', ports: [[6379, 6379]] }))
  docker.tell('update', redis)
  await expect(window.getByText('renamed/redis:8')).toBeVisible()
  // A status is drawn at once, and with it whatever else is to be drawn.
  engine.parts.machine.update({ remarks: [{ code: '', about: null, message: 'drawn by now' }] })
  await window.evaluate(() => (location.hash = '#/overview'))
  await expect(window.getByText('drawn by now')).toBeVisible()
  docker.containers.set('evil', listedContainer({ name: 'a&b\u202egnp\n<b>', image: 'i' }))
  docker.tell('start', 'evil')
  await expect.poll(async () => (await seeTray(electron)).lines).toContain(String.raw`  a&&b\u202egnp\n<b>`)
  expect((await seeTray(electron)).menus).toBe(before + 1)
})

test('a project goes down only after its user said so, and a folder’s failure is told', async ({ app: { electron, docker, engine } }) => {
  await expect.poll(async () => (await seeTray(electron)).lines).toContain('  shop (3 of 4 running)')
  const tasks = (): string[] => engine.parts.tasks.list(10).map(({ name, outcome }) => `${name} ${outcome}`)
  await clickTray(electron, 'project:shop:down')
  await expect.poll(() => callsOf(electron, 'dialog.showMessageBox')).toMatchObject([{ message: 'Take shop down?', detail: expect.stringContaining('(4)') as unknown }])
  expect(tasks()).toEqual([])
  await answerBoxes(electron, 1)
  await clickTray(electron, 'project:shop:down')
  // The fake Docker’s project has its files on no computer.
  await expect.poll(() => callsOf(electron, 'dialog.showMessageBox')).toMatchObject([{}, {}, { type: 'error', detail: expect.stringContaining('/home/me/shop') as unknown }])
  expect(tasks()).toEqual(['project.down failed'])
  // A folder that was opened is offered as soon as it is.
  const folder = join(engine.paths.home, 'blog')
  mkdirSync(folder)
  writeFileSync(join(folder, 'compose.yaml'), 'services: {}\n')
  engine.parts.store.projectFolders.add(folder)
  await expect.poll(async () => (await seeTray(electron)).lines).toContain('  blog')
  docker.containers.clear()
  docker.tell('destroy', web)
})

test('a link leads to a container by its name, also before the app knows of any', async ({ app, home }) => {
  const env = { COVE_HOME: app.engine.paths.home }
  await home.again({ words: ['cove://container/redis'], env })
  const heading = app.window.getByRole('heading', { level: 1 })
  await expect(heading).toHaveText('redis')
  await expect.poll(() => app.window.evaluate(() => location.hash)).toBe(`#/containers/${dockerId('redis')}`)
  await app.electron.close()
  const second = await home.launch({ env, words: ['cove://container/importer'] })
  await expect(second.window.getByRole('heading', { level: 1 })).toHaveText('importer')
})

test('when the computer is shut down the app asks nobody and leaves Docker as it is', async ({ app: { electron, engine } }) => {
  await expect.poll(async () => (await seeTray(electron)).toolTip).toBe('Cove · Docker is running')
  const closed = electron.waitForEvent('close')
  await electron.evaluate(({ powerMonitor }) => void setTimeout(() => (powerMonitor as unknown as NodeJS.EventEmitter).emit('shutdown')))
  await closed
  expect(engine.exits).toEqual([])
  expect(engine.fake.machine.state).toBe('running')
})
