import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { startFakeDocker } from '../../fixtures/fake-docker/fake-docker.ts'
import { startTestEngine } from '../../unit/engine/test-engine.ts'
import { expect, test as appTest, untilLive } from '../fixtures/app.ts'
import { detailContainer, logContainer, logFrame } from '../fixtures/docker-container.ts'
import { dockerId } from '../fixtures/docker-contents.ts'
import { test } from '../fixtures/docker.ts'
import { lookInBoth } from '../fixtures/look.ts'

const go = (window: Page, to: string): Promise<unknown> => window.evaluate((hash) => (location.hash = hash), `#/${to}`)
const compose = 'name: demo\nservices:\n  web:\n    image: nginx:1.29\n    ports: ["8080:80"]\n    depends_on: [api]\n  api:\n    image: shop/api:2.4.1\n    depends_on:\n      db:\n        condition: service_healthy\n  db:\n    image: postgres:18\n    volumes: [db:/var/lib/postgresql]\nvolumes:\n  db:\n'

test('axe finds nothing in the dialogs', async ({ app }) => {
  test.slow()
  const { window, docker } = app
  detailContainer(docker, 'shop-db-1')
  docker.answer('/system/df', { Volumes: [{ Name: 'cache', UsageData: { Size: 4096, RefCount: 0 } }], Images: [], Containers: [], BuildCache: [{ Size: 1_234_567 }] })
  const dialogs: readonly [screen: string, button: string | RegExp, name: string][] = [
    ['containers', 'Run a container…', 'dialog-run'],
    ['images', 'Pull an image…', 'dialog-pull'],
    ['volumes', 'Create a volume…', 'dialog-volume-create'],
    ['volumes/shop_db', 'Remove…', 'dialog-volume-remove'],
    ['builds', 'Build an image…', 'dialog-build'],
    ['volumes', 'Clean up…', 'dialog-prune'],
    [`containers/${dockerId('shop-db-1')}/details`, 'Remove…', 'dialog-container-remove'],
  ]
  for (const [screen, button, name] of dialogs) {
    await go(window, screen)
    await window.getByRole('main').getByRole('button', { name: button }).first().click()
    const dialog = window.getByRole('dialog')
    await expect(dialog).toBeVisible()
    await expect(dialog.getByText(/^(Loading…|Looking for what nothing uses…)$/)).toHaveCount(0)
    // A placeholder is gone as soon as something is typed.
    if (name === 'dialog-build') await expect(dialog.locator('label', { hasText: 'Folder' })).toBeVisible()
    await lookInBoth(app, name)
    await window.keyboard.press('Escape')
    await expect(dialog).toHaveCount(0)
  }
})

test('axe finds nothing on a build’s page and in a project’s tabs', async ({ app }) => {
  test.slow()
  const { window, docker, engine } = app
  const folder = mkdtempSync(join(tmpdir(), 'cove-look-'))
  try {
    const step = (id: string, name: string, more: object = {}) => ({ id, name, state: 'done' as const, isCached: false, startedAt: '2026-11-22T09:00:01.000Z', ms: 1400, error: null, log: '', ...more })
    const excerpt = ['FROM node:24', 'WORKDIR /app', 'COPY . .', 'RUN npm run build'].map((text, index) => ({ line: index + 1, text, isFailing: index === 3 }))
    const id = engine.parts.store.builds.add(
      { folder: '/home/me/shop', dockerfile: 'Dockerfile', target: null, tags: ['shop/api:dev'], startedAt: '2026-11-22T09:00:00.000Z', ms: 9200, outcome: 'failed', error: 'process "/bin/sh -c npm run build" did not complete successfully: exit code: 1', failure: { file: 'Dockerfile', line: 4, excerpt }, stepCount: 4, cachedShare: 0.5, imageId: null },
      [step('1', '[1/4] FROM node:24', { isCached: true, ms: 0 }), step('2', '[2/4] WORKDIR /app', { isCached: true, ms: 0 }), step('3', '[3/4] COPY . .', { ms: 310 }), step('4', '[4/4] RUN npm run build', { state: 'failed', startedAt: '2026-11-22T09:00:02.000Z', ms: 7100, error: 'exit code: 1', log: '\u001b[31merror\u001b[0m TS2304: Cannot find name “x”.\n<b>not bold</b>\n' })],
    )
    await go(window, `builds/${id}`)
    await expect(window.getByText('Cannot find name')).toBeAttached()
    await lookInBoth(app, 'build', { isLong: true })
    for (const name of ['shop-web-1', 'shop-api-1', 'shop-db-1', 'shop-worker-1']) detailContainer(docker, name)
    logContainer(docker, 'shop-web-1', { printed: [logFrame(1, 'GET / 200', 1)] })
    for (const name of ['shop-api-1', 'shop-db-1', 'shop-worker-1']) logContainer(docker, name, { printed: [logFrame(2, `${name} is ready`, 2)] })
    await go(window, 'projects/shop/logs')
    await expect(window.getByRole('log').getByText('GET / 200')).toBeVisible()
    await lookInBoth(app, 'project-logs')
    mkdirSync(join(folder, 'demo'))
    writeFileSync(join(folder, 'demo', 'compose.yaml'), compose)
    engine.parts.store.projectFolders.add(join(folder, 'demo'))
    const page = `projects/${encodeURIComponent(`folder:${join(folder, 'demo')}`)}`
    await go(window, `${page}/services`)
    await expect(window.getByRole('group', { name: 'Services' })).toBeVisible()
    await lookInBoth(app, 'project-services')
    await go(window, `${page}/file`)
    const editor = window.getByRole('textbox', { name: join(folder, 'demo', 'compose.yaml') })
    await editor.fill(compose.replace('image: postgres:18', 'imge: postgres:18'))
    await expect(window.getByText('Checking…')).toHaveCount(0)
    await lookInBoth(app, 'project-file')
    await go(window, `${page}/output`)
    await expect(window.getByText('What compose prints will be shown here.')).toBeVisible()
    await lookInBoth(app, 'project-output')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

appTest('axe finds nothing in the files and the terminal of a container', async ({ home }) => {
  appTest.slow()
  await using folder = await mkdtempDisposable(join(tmpdir(), 'cove-d-'))
  await using docker = await startFakeDocker(join(folder.path, 'd.sock'), { containers: 3 })
  await using engine = await startTestEngine({ docker })
  for (const [name, value] of [['desktop.startVm', 'false'], ['desktop.language', 'en'], ['desktop.theme', 'light']] as const) await engine.parts.settings.set(name, value)
  await engine.parts.life.start()
  const { window, electron } = await home.launch({ env: { COVE_HOME: engine.paths.home } })
  await untilLive(window, 'Docker is running')
  const [container] = [...docker.state.containers.values()].filter(({ state }) => state === 'running')
  await go(window, `containers/${container!.id}/files`)
  await expect(window.getByRole('grid').getByRole('row').nth(1)).toBeVisible()
  await lookInBoth({ window, engine }, 'container-files')
  await window.getByRole('grid').getByRole('row').filter({ hasText: 'new' }).dblclick()
  await expect(window.getByRole('textbox', { name: '/new' })).toHaveValue('inside')
  await lookInBoth({ window, engine }, 'container-file')
  await go(window, `containers/${container!.id}/terminal`)
  await window.getByRole('button', { name: 'Open a terminal' }).click()
  await expect(window.locator('.xterm-rows')).toContainText('hello')
  await lookInBoth({ window, engine }, 'container-terminal')
  await electron.close()
})
