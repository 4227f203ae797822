import type { Page } from '@playwright/test'
import { expect } from '../fixtures/app.ts'
import { detailContainer, logContainer, logFrame } from '../fixtures/docker-container.ts'
import { dockerId } from '../fixtures/docker-contents.ts'
import { test } from '../fixtures/docker.ts'
import { lookInBoth } from '../fixtures/look.ts'

const id = dockerId('shop-db-1')
const open = (window: Page, tab: string): Promise<unknown> => window.evaluate((hash) => (location.hash = hash), `#/containers/${id}/${tab}`)
const streams = (window: Page): Promise<number> => window.evaluate(() => Number(document.documentElement.dataset['streams']))

test('a log is followed, searched with a count, told apart, and hostile lines are only text', async ({ app: { window, docker } }) => {
  detailContainer(docker, 'shop-db-1')
  const printed = Array.from({ length: 5000 }, (_, index) => logFrame(index % 50 === 49 ? 2 : 1, `\u001b[32mline\u001b[0m ${index}`, index % 60))
  printed.push(logFrame(1, '<img src=x onerror=alert(1)> \u202eevil \u0000'), logFrame(1, 'y'.repeat(1_000_000)))
  logContainer(docker, 'shop-db-1', { printed, more: [logFrame(1, 'the newest line', 30)] })
  const before = await streams(window)
  await open(window, 'logs')
  const log = window.getByRole('log', { name: 'Log of shop-db-1' })
  await expect(log.getByText('the newest line')).toBeVisible()
  await expect(window.getByText('5,003 rows')).toBeVisible()
  await expect(log.getByText('<img src=x onerror=alert(1)> ␎evil ␀')).toBeVisible()
  expect(await log.locator('.log-row').count()).toBeLessThan(80)
  await window.getByRole('searchbox').fill('/^line \\d*77$/')
  await expect(window.getByText('50 of 5,003 lines')).toBeVisible()
  await window.getByRole('searchbox').fill('/line (')
  await expect(window.getByText('This pattern is not complete.')).toBeVisible()
  await window.getByRole('searchbox').fill('')
  await window.getByRole('combobox', { name: 'Streams' }).selectOption('stderr')
  await expect(window.getByText('100 of 5,003 lines')).toBeVisible()
  await window.getByRole('checkbox', { name: 'Time' }).check()
  await expect(log.getByText('09:00:49.000').first()).toBeVisible()
  await window.getByRole('checkbox', { name: 'Wrap' }).check()
  await expect(log.getByText('line 4999')).toBeVisible()
  // Who looks back is not pulled to the end.
  await log.hover()
  await window.mouse.wheel(0, -500)
  await expect(window.getByRole('checkbox', { name: 'Follow' })).not.toBeChecked()
  await window.evaluate(() => (location.hash = '#/overview'))
  await expect.poll(() => streams(window)).toBe(before)
})

test('the environment’s secrets are shown when asked for, and the inspection is searched', async ({ app: { window, docker } }) => {
  detailContainer(docker, 'shop-db-1', ['PATH=/usr/bin', 'POSTGRES_PASSWORD=sup3rsecret-value'])
  await open(window, 'environment')
  await expect(window.getByRole('row', { name: 'POSTGRES_PASSWORD' })).toContainText('••••')
  expect(await window.content()).not.toContain('sup3rsecret')
  await window.getByRole('button', { name: 'Show secrets' }).click()
  await expect(window.getByText('sup3rsecret-value')).toBeVisible()
  await window.getByRole('tab', { name: 'Inspect' }).click()
  await window.getByRole('searchbox', { name: 'Find' }).fill('unless')
  await expect(window.getByRole('treeitem')).toHaveCount(3)
  await expect(window.getByRole('treeitem').last()).toContainText('"unless-stopped"')
  await window.getByRole('searchbox', { name: 'Find' }).fill('')
  await window.getByRole('treeitem', { name: /^HostConfig/ }).focus()
  await window.keyboard.press('ArrowRight')
  await window.keyboard.press('ArrowDown')
  await expect(window.getByRole('treeitem', { name: /^NetworkMode/ })).toBeFocused()
})

test('a removal names what is lost and what stays before it happens', async ({ app: { window, docker } }) => {
  detailContainer(docker, 'shop-db-1')
  const removed: string[] = []
  docker.serve(`/containers/${id}`, ({ method, url }, response) => {
    removed.push(`${method} ${url}`)
    docker.containers.delete(id)
    docker.tell('destroy', id)
    response.writeHead(204).end()
  })
  await window.getByRole('link', { name: 'Containers' }).click()
  await window.getByRole('grid').getByRole('row').filter({ hasText: 'shop-db-1' }).locator('.cell.state').click()
  await window.getByRole('grid').focus()
  await window.keyboard.press('Delete')
  const dialog = window.getByRole('dialog', { name: 'Remove shop-db-1' })
  await expect(dialog).toContainText('5.0 MiB written in it are lost')
  await expect(dialog).toContainText('stays: shop_db')
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused()
  await window.keyboard.press('Escape')
  expect(removed).toEqual([])
  await expect(dialog).toBeHidden()
  await expect(window.getByRole('grid')).toBeFocused()
  await window.keyboard.press('Delete')
  await dialog.getByRole('checkbox', { name: 'Also remove 1 volume without a name' }).check()
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await expect(window.getByRole('grid').getByRole('row').filter({ hasText: 'shop-db-1' })).toHaveCount(0)
  expect(removed).toEqual([`DELETE /containers/${id}?force=1&v=1`])
})

test('several containers are stopped at once; one that cannot be is named with the reason', async ({ app: { window, docker } }) => {
  const stopped: string[] = []
  for (const name of ['redis', 'broken']) {
    docker.serve(`/containers/${dockerId(name)}/stop`, (_, response) => {
      stopped.push(name)
      if (name === 'redis') return response.writeHead(204).end()
      return response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ message: 'it will not stop' }))
    })
  }
  await window.getByRole('link', { name: 'Containers' }).click()
  const row = (name: string) => window.getByRole('grid').getByRole('row').filter({ hasText: name })
  await row('redis').locator('.cell.state').click()
  await row('broken').locator('.cell.state').click({ modifiers: ['ControlOrMeta'] })
  await window.getByRole('group', { name: '2 chosen' }).getByRole('button', { name: 'Stop' }).click()
  await expect(window.getByRole('alert')).toContainText('broken: ')
  await expect(window.getByRole('alert')).toContainText('it will not stop')
  expect(stopped.toSorted()).toEqual(['broken', 'redis'])
  await window.getByRole('button', { name: 'Dismiss' }).click()
  await expect(window.getByText('it will not stop')).toBeHidden()
})

test('a run is filled in, shown as a command, and leads to the container', async ({ app: { window, docker } }) => {
  const asked: unknown[] = []
  docker.serve('/containers/create', (request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString())).on('end', () => {
      asked.push(JSON.parse(body))
      response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ Id: dockerId('redis'), Warnings: [] }))
    })
  })
  docker.serve(`/containers/${dockerId('redis')}/start`, (_, response) => response.writeHead(204).end())
  docker.answer('/images/redis%3A8-alpine/json', { Id: 'sha256:1', Config: {} })
  await window.getByRole('link', { name: 'Containers' }).click()
  await window.getByRole('button', { name: 'Run a container…' }).click()
  const dialog = window.getByRole('dialog', { name: 'Run a container' })
  await expect(dialog.getByRole('button', { name: 'Run', exact: true })).toBeDisabled()
  await window.keyboard.type('redis:8-alpine')
  await dialog.getByRole('button', { name: 'Add a port' }).click()
  await dialog.getByLabel('Port of this computer 1').fill('6380')
  await dialog.getByLabel('Port in the container 1').fill('6379')
  await dialog.getByRole('button', { name: 'Add a variable' }).click()
  await dialog.getByLabel('Name 1').fill('A')
  await dialog.getByLabel('Value 1').fill('b c')
  await expect(dialog.getByText(/^docker run .*-p 6380:6379.*redis:8-alpine$/)).toBeVisible()
  await dialog.getByRole('button', { name: 'Run', exact: true }).click()
  await expect(window.getByRole('heading', { level: 1 })).toHaveText('redis')
  expect(asked).toMatchObject([{ Image: 'redis:8-alpine', Env: ['A=b c'] }])
})

test('a copy of a container is edited before it runs, beside the command that does the same', async ({ app: { window, docker, engine } }) => {
  const asked: unknown[] = []
  docker.answer(`/containers/${id}/json`, {
    Id: id,
    Name: '/shop-db-1',
    Image: 'sha256:1',
    State: { Status: 'running', Running: true, StartedAt: '2026-11-22T08:00:00Z' },
    Config: { Env: ['LANG=ko', 'POSTGRES_PASSWORD=sup3rsecret-value'], Image: 'postgres:18', Tty: false, Cmd: ['postgres', '-c', 'fsync=off'] },
    HostConfig: { NetworkMode: 'shop_default', RestartPolicy: { Name: 'unless-stopped' }, Memory: 256 * 1024 ** 2, PortBindings: { '5432/tcp': [{ HostIp: '', HostPort: '5432' }] } },
    Mounts: [{ Type: 'volume', Name: 'shop_db', Destination: '/data', RW: true }],
  })
  docker.answer('/images/sha256%3A1/json', { Id: 'sha256:1', Config: { Cmd: ['postgres'], Env: [] } })
  docker.answer('/images/postgres%3A18/json', { Id: 'sha256:1', Config: {} })
  docker.serve('/containers/create', (request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString())).on('end', () => {
      asked.push([request.url, JSON.parse(body)])
      response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ Id: dockerId('redis'), Warnings: [] }))
    })
  })
  docker.serve(`/containers/${dockerId('redis')}/start`, (_, response) => response.writeHead(204).end())
  await open(window, 'details')
  await window.getByRole('button', { name: 'Run a copy…' }).click()
  const dialog = window.getByRole('dialog', { name: 'Run a copy of shop-db-1' })
  await expect(dialog.getByLabel('Name', { exact: true })).toHaveValue('shop-db-1-copy')
  await expect(dialog.getByText('shop-db-1 has its ports of this computer')).toBeVisible()
  await dialog.getByLabel('Port of this computer 1').fill('5433')
  await expect(dialog.getByText(/^docker run .*--name shop-db-1-copy .*-p 5433:5432 /)).toBeVisible()
  await expect(dialog.getByText(/-e 'POSTGRES_PASSWORD=\*\*\*'/)).toBeVisible()
  await expect(dialog.getByLabel('Value 2')).toHaveAttribute('type', 'password')
  await lookInBoth({ window, engine }, 'container-copy')
  await dialog.getByRole('button', { name: 'Show secrets' }).click()
  await expect(dialog.getByText(/-e POSTGRES_PASSWORD=sup3rsecret-value/)).toBeVisible()
  await dialog.getByRole('button', { name: 'Run', exact: true }).click()
  await expect(window.getByRole('heading', { level: 1 })).toHaveText('redis')
  expect(asked).toMatchObject([[expect.stringContaining('name=shop-db-1-copy'), { Image: 'postgres:18', Cmd: ['postgres', '-c', 'fsync=off'], Env: ['LANG=ko', 'POSTGRES_PASSWORD=sup3rsecret-value'], HostConfig: { Memory: 256 * 1024 ** 2, PortBindings: { '5432/tcp': [{ HostPort: '5433' }] } } }]])
})
