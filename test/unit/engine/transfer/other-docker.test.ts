import { mkdtempDisposable, mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { contextMetaDir } from '#engine/context/docker-context.ts'
import { findContextHost } from '#engine/context/context-host.ts'
import { openOtherDocker, parseHost } from '#engine/transfer/other-docker.ts'
import { startDockerServer } from '../../../fixtures/sshd/guest-servers.ts'

const selection = { networks: ['*'], volumes: [], images: [], projects: [], settings: false }
const signal = new AbortController().signal

test('addresses on this machine are read, all others refused with what to do', () => {
  expect(parseHost('unix:///a/b.sock')).toEqual({ path: '/a/b.sock' })
  expect(parseHost('npipe:////./pipe/docker_engine')).toEqual({ path: '\\\\.\\pipe\\docker_engine' })
  expect(parseHost('tcp://127.0.0.1:2375')).toEqual({ host: '127.0.0.1', port: 2375 })
  expect(parseHost('tcp://[::1]:2375')).toEqual({ host: '::1', port: 2375 })
  for (const host of ['ssh://me@box', 'tcp://10.0.0.1:2375', 'tcp://evil.example:2376', 'what']) expect(() => parseHost(host), host).toThrow('cannot import from')
})

test('a context is found by its name; an unknown one is told with those there are', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'cove-context-'))
  const meta = async (name: string, text: string): Promise<void> => {
    await mkdir(contextMetaDir(dir.path, name), { recursive: true })
    await writeFile(join(contextMetaDir(dir.path, name), 'meta.json'), text)
  }
  await meta('colima', JSON.stringify({ Name: 'colima', Metadata: {}, Endpoints: { docker: { Host: 'unix:///c.sock', SkipTLSVerify: false } } }))
  await meta('broken', '{')
  expect(await findContextHost(dir.path, 'colima')).toBe('unix:///c.sock')
  expect(await findContextHost(dir.path, 'default')).toMatch(/docker/)
  await expect(findContextHost(dir.path, 'orbstack')).rejects.toMatchObject({ code: 'transfer.source-unusable', hint: 'Name a socket, or one of: colima, default' })
  await expect(findContextHost(dir.path, 'broken')).rejects.toMatchObject({ code: 'transfer.source-unusable', message: expect.stringContaining('"broken"') })
})

test('a socket that is not there, or that is our own Docker, is refused', { skip: process.platform === 'win32' }, async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'cove-other-'))
  await using server = await startDockerServer(join(dir.path, 'd.sock'))
  const open = (path: string) => openOtherDocker({ type: 'host', host: `unix://${path}` }, { selection, signal, owner: 'o', ownId: async () => ({ ID: 'guest' }) })
  await expect(open(server.path)).rejects.toMatchObject({ code: 'transfer.source-unusable', message: expect.stringContaining("Cove's own Docker") })
  await expect(open(join(dir.path, 'none.sock'))).rejects.toMatchObject({ code: 'transfer.source-unusable', message: expect.stringContaining('there is no such socket') })
})
