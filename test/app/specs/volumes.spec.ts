import { answerDialogs } from '../fixtures/dialogs.ts'
import { test } from '../fixtures/docker.ts'
import type { SmallDocker } from '../../unit/engine/docker/small-docker.ts'
import { expect } from '../fixtures/app.ts'
import { dockerId } from '../fixtures/docker-contents.ts'
import { answerGuest, guestFolder } from '../fixtures/guest.ts'
import { lookInBoth } from '../fixtures/look.ts'
import { FakeTransfers } from '../fixtures/transfers.ts'

/** Lets files be put into a volume; what was, as far as a tar can be read as text. */
function serveDoor(docker: SmallDocker): { path: string | null; text: string }[] {
  const put: { path: string | null; text: string }[] = []
  docker.serve('/images/create', (request, response) => void request.resume().on('end', () => response.end()))
  docker.serve('/containers/create', (request, response) => void request.resume().on('end', () => response.writeHead(201).end('{"Id":"d1"}')))
  docker.serve('/containers/d1/archive', (request, response) => {
    // An answer to HEAD and GET: nothing is there.
    if (request.method !== 'PUT') return void response.writeHead(404).end()
    let text = ''
    request.on('data', (chunk: Buffer) => (text += String(chunk))).on('end', () => {
      put.push({ path: new URL(request.url ?? '', 'http://d').searchParams.get('path'), text })
      response.end()
    })
  })
  return put
}

test('a volume is exported with its progress in the bar, and an export is called off there', async ({ app: { window, electron, engine } }) => {
  const transfers = new FakeTransfers(engine)
  await answerDialogs(electron, { savePath: '/backups/shop_db.cove' })
  await window.evaluate(() => (location.hash = '#/volumes/shop_db'))
  await window.getByRole('button', { name: 'Export…' }).click()
  const bar = window.getByRole('button', { name: '1 task' })
  await bar.click()
  const tasks = window.getByRole('group', { name: 'Running tasks' })
  const progress = tasks.getByRole('progressbar', { name: 'Export shop_db → /backups/shop_db.cove' })
  await expect(progress).toBeVisible()
  expect(transfers.asked).toMatchObject([{ export: { path: '/backups/shop_db.cove', overwrite: false, selection: { volumes: ['shop_db'], images: [], settings: false } } }])
  transfers.tell({ type: 'progress', phase: 'copy', current: 'shop_db', bytes: 25, totalBytes: 100, bytesPerSecond: 1 })
  await expect(progress).toHaveAttribute('value', '0.25')
  await expect(tasks.getByText('25%')).toBeVisible()
  await lookInBoth({ window, engine }, 'task-menu')
  transfers.tell({ type: 'progress', phase: 'copy', current: 'shop_db', bytes: 50, totalBytes: 100, bytesPerSecond: 1 })
  await expect(progress).toHaveAttribute('value', '0.5')
  transfers.tell({ type: 'end', bytes: 2048, sha256: 'abc' })
  await expect(window.getByText('Exported to /backups/shop_db.cove (2.0 KiB, with checksums).')).toBeVisible()
  await expect(bar).toHaveCount(0)
  // Another one, called off.
  await window.keyboard.press('Escape')
  await window.getByRole('button', { name: 'Export…' }).click()
  await bar.click()
  await tasks.getByRole('button', { name: /^Cancel: Export shop_db/ }).click()
  await expect(bar).toHaveCount(0)
  expect((engine.parts.tasks.list(9)).map(({ name, outcome }) => `${name} ${outcome}`)).toEqual(['volume.export cancelled', 'volume.export done'])
  await expect(window.getByRole('alert')).toHaveCount(0)
})

test('an import says what is in the file and asks what to do with what is here already', async ({ app: { window, electron, engine } }) => {
  const transfers = new FakeTransfers(engine)
  const item = { kind: 'volume', bytes: 4096, as: null, note: null } as const
  transfers.items = [{ ...item, name: 'fresh', action: 'copy' }, { ...item, name: 'shop_db', action: 'conflict' }]
  await answerDialogs(electron, { openPaths: ['/backups/two.cove'] })
  await window.evaluate(() => (location.hash = '#/volumes'))
  await window.getByRole('button', { name: 'Import…' }).click()
  const dialog = window.getByRole('dialog', { name: 'Import volumes' })
  await expect(dialog.getByRole('listitem').filter({ hasText: 'shop_db' })).toContainText('exists already')
  await expect(dialog.getByRole('listitem').filter({ hasText: 'fresh' })).toContainText('4.0 KiB')
  await lookInBoth({ window, engine }, 'volume-import')
  await expect(dialog.getByRole('button', { name: 'Import', exact: true })).toBeDisabled()
  await dialog.getByRole('radio', { name: 'Import them under another name' }).check()
  await expect(dialog.getByRole('listitem').filter({ hasText: 'shop_db' })).toContainText('as shop_db-2')
  await dialog.getByRole('button', { name: 'Import', exact: true }).click()
  await expect(dialog).toBeHidden()
  await window.getByRole('button', { name: '1 task' }).click()
  const progress = window.getByRole('progressbar', { name: 'Import /backups/two.cove' })
  transfers.tell({ type: 'progress', phase: 'verify', current: 'fresh', bytes: 50, totalBytes: 100, bytesPerSecond: 1 })
  await expect(progress).toHaveAttribute('value', '0.25')
  transfers.tell({ type: 'progress', phase: 'copy', current: 'fresh', bytes: 50, totalBytes: 100, bytesPerSecond: 1 })
  await expect(progress).toHaveAttribute('value', '0.75')
  transfers.tell({ type: 'item', item: { ...item, name: 'fresh', action: 'copy' } })
  transfers.tell({ type: 'item', item: { ...item, name: 'shop_db', action: 'rename', as: 'shop_db-2' } })
  transfers.tell({ type: 'end', bytes: 0, sha256: null })
  await expect(window.getByText('Imported: fresh, shop_db-2')).toBeVisible()
  expect(transfers.asked).toMatchObject([{ import: { source: { type: 'archive', path: '/backups/two.cove' }, onConflict: 'rename', selection: { volumes: ['*'] } } }])
})

test('the files of a volume are walked through and looked at, hostile names and contents only as text', async ({ app: { window, docker, engine } }) => {
  docker.answer('/volumes/shop_db', { Name: 'shop_db', Driver: 'local', Mountpoint: '/var/lib/docker/volumes/shop_db/_data' })
  docker.answer('/system/df', { Volumes: [] })
  const asked: string[] = []
  answerGuest(engine, (command) => {
    asked.push(command)
    if (command.includes("'read'")) return command.includes('secret') ? { exitCode: 5 } : { output: '26 644\0<b>max_connections</b> = 100' }
    return { output: guestFolder(command.endsWith("'/base'") ? [{ name: 'one.conf', bytes: 26 }] : [{ name: 'base', kind: 'd' }, { name: '<img src=x>', bytes: 3 }, { name: 'secret', kind: 'l', target: '/etc/shadow' }]) }
  })
  await window.evaluate(() => (location.hash = '#/volumes/shop_db/files'))
  await expect(window.getByText('<img src=x>')).toBeVisible()
  await lookInBoth({ window, engine }, 'volume-files')
  await window.getByRole('row', { name: 'base' }).dblclick()
  await window.getByRole('row', { name: 'one.conf' }).dblclick()
  await expect(window.getByRole('textbox', { name: '/base/one.conf' })).toHaveValue('<b>max_connections</b> = 100')
  expect(asked.at(-1)).toBe("exec '/usr/lib/cove/files' 'read' '/var/lib/docker/volumes/shop_db/_data' '/base/one.conf' '524288'")
  await lookInBoth({ window, engine }, 'volume-file')
  const put = serveDoor(docker)
  await window.getByRole('textbox', { name: '/base/one.conf' }).fill('max_connections = 7')
  await window.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(window.getByText('The file was saved.')).toBeVisible()
  expect(put).toMatchObject([{ path: '/v/base' }])
  expect(put[0]?.text).toContain('max_connections = 7')
  await window.getByRole('button', { name: 'Back to the folder' }).click()
  await window.getByRole('navigation', { name: 'Path' }).getByRole('button', { name: '/' }).first().click()
  await window.getByRole('row', { name: 'secret' }).dblclick()
  await expect(window.getByText('"/secret" is no file that can be read')).toBeVisible()
})

test('a volume in use is not offered to go; it is as soon as its container has gone', async ({ app: { window, docker } }) => {
  const removed: string[] = []
  docker.serve('/volumes/shop_db', ({ method }, response) => {
    if (method === 'DELETE') removed.push('shop_db')
    response.writeHead(method === 'DELETE' ? 204 : 404).end()
  })
  await window.evaluate(() => (location.hash = '#/volumes'))
  await window.getByRole('grid').getByRole('row').filter({ hasText: 'shop_db' }).getByText('local').click()
  await window.getByRole('group', { name: '1 chosen' }).getByRole('button', { name: 'Remove…' }).click()
  const dialog = window.getByRole('dialog', { name: 'Remove shop_db' })
  await expect(dialog.getByText('stays: used by shop-db-1')).toBeVisible()
  await expect(dialog.getByText('What is in use stays. Remove the containers that use it first.')).toBeVisible()
  const remove = dialog.getByRole('button', { name: 'Remove', exact: true })
  await expect(remove).toBeDisabled()
  docker.containers.delete(dockerId('shop-db-1'))
  docker.tell('destroy', dockerId('shop-db-1'))
  await expect(dialog.getByText('what it holds is lost')).toBeVisible()
  await remove.click()
  await expect(dialog).toHaveCount(0)
  expect(removed).toEqual(['shop_db'])
})
