import { chmod, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { listenDockerSocket } from '#engine/tunnel/docker-socket.ts'
import { connectClient, openAsleep, request, startDockerSocket, tempDir } from '../../../fixtures/sshd/docker-socket.ts'

describe('the socket file', () => {
  test('X2: it is 0600 in a 0700 folder whatever the umask, and leaves nothing beside it', async () => {
    const umask = process.umask(0)
    try {
      await using own = await startDockerSocket()
      expect((await stat(own.path)).mode & 0o777).toBe(0o600)
      expect((await stat(join(own.dir, 'home'))).mode & 0o777).toBe(0o700)
      expect(await readdir(join(own.dir, 'home'))).toEqual(['docker.sock'])
    } finally {
      process.umask(umask)
    }
  })

  test('it is gone after disposing', async () => {
    const own = await startDockerSocket()
    await own.socket[Symbol.asyncDispose]()
    expect(await readdir(join(own.dir, 'home'))).toEqual([])
    await own[Symbol.asyncDispose]()
  })

  test('S8: a stale socket is replaced', async () => {
    await using dir = await tempDir()
    const path = join(dir.path, 'docker.sock')
    await execa('python3', ['-c', 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])', path])
    await using _ = await listenDockerSocket({ path, open: openAsleep, log: silentLogger })
    expect(await text(connectClient(path).end(request))).toContain('the vm is off')
  })

  test('a socket that somebody answers on is left alone', async () => {
    await using own = await startDockerSocket()
    await expect(listenDockerSocket({ path: own.path, open: openAsleep, log: silentLogger })).rejects.toMatchObject({
      code: 'engine.start-failed',
      message: `another program already answers on "${own.path}"`,
    })
    expect(await text(connectClient(own.path).end('still here'))).toBe('still here')
  })

  test('a file in its place is not replaced', async () => {
    await using dir = await tempDir()
    const path = join(dir.path, 'docker.sock')
    await writeFile(path, 'precious')
    await expect(listenDockerSocket({ path, open: openAsleep, log: silentLogger })).rejects.toMatchObject({ code: 'engine.start-failed' })
    expect((await stat(path)).size).toBe(8)
  })

  test('a folder that cannot be made is a clear error', async () => {
    await using dir = await tempDir()
    await writeFile(join(dir.path, 'file'), '')
    await chmod(join(dir.path, 'file'), 0o600)
    const path = join(dir.path, 'file', 'docker.sock')
    await expect(listenDockerSocket({ path, open: openAsleep, log: silentLogger })).rejects.toMatchObject({
      code: 'file.unwritable',
      message: expect.stringContaining(`cannot listen on "${path}"`),
    })
  })
})

