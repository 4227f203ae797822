import { createHash } from 'node:crypto'
import { mkdir, mkdtempDisposable, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findSources } from '#engine/context/context-host.ts'

/** A folder of docker's with contexts by name and host, as docker keeps them. */
async function writeContexts(folder: string, contexts: Record<string, string>): Promise<string> {
  for (const [name, host] of Object.entries(contexts)) {
    const meta = join(folder, 'contexts', 'meta', createHash('sha256').update(name).digest('hex'))
    await mkdir(meta, { recursive: true })
    await writeFile(join(meta, 'meta.json'), JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker: { Host: host } } }))
  }
  return folder
}

// The machine that tests run on may have a Docker of its own.
const found = async (folder: string, own: string): Promise<string[]> => (await findSources(folder, own)).map(({ name }) => name).filter((name) => name !== 'default')

test('another Docker is found by its context where its socket is there; Cove’s own and those elsewhere are none', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'cove-contexts-'))
  const at = (name: string): string => join(folder.path, name)
  for (const name of ['colima.sock', 'own.sock']) await writeFile(at(name), '')
  await symlink(at('own.sock'), at('link.sock'))
  const contexts = {
    colima: `unix://${at('colima.sock')}`,
    gone: `unix://${at('gone.sock')}`,
    far: 'ssh://build@far.example',
    lan: 'tcp://192.168.1.9:2375',
    cove: `unix://${at('own.sock')}`,
    alias: `unix://${at('link.sock')}`,
  }
  expect(await found(await writeContexts(folder.path, contexts), at('own.sock'))).toEqual(['colima'])
})

test('one socket by two names is offered once, and what cannot be read is none', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'cove-contexts-'))
  await writeFile(join(folder.path, 'd.sock'), '')
  const host = `unix://${join(folder.path, 'd.sock')}`
  await writeContexts(folder.path, { a: host, b: host })
  await mkdir(join(folder.path, 'contexts', 'meta', 'broken'))
  await writeFile(join(folder.path, 'contexts', 'meta', 'broken', 'meta.json'), '{')
  expect(await found(folder.path, '/nowhere')).toEqual(['b'])
  expect(await found('/nowhere', '/nowhere')).toEqual([])
})
