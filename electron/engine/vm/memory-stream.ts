import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, open, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { digestOf, type MemoryDigest } from './memory-file.ts'

/**
 * A socket that QEMU sends its memory to. Every QEMU since 7.2 can do that; its own `file:` is newer, its `exec:` needs a
 * shell, and neither tells whether the last bytes reached the disk.
 */
export interface MemoryReceiver extends AsyncDisposable {
  /** For QMP's migrate. */
  uri: string
  /** What was written, once QEMU has ended its stream and all of it is on the disk. */
  received: Promise<MemoryDigest>
}

/** Listens in `dir` for one stream and writes it to `file` (0600). */
export async function receiveMemory(dir: string, file: string): Promise<MemoryReceiver> {
  const path = join(dir, randomBytes(4).toString('hex'))
  const server = createServer({ pauseOnConnect: true })
  const connected = Promise.withResolvers<Socket>()
  server.maxConnections = 1
  server.once('connection', (socket: Socket) => {
    server.close()
    connected.resolve(socket)
  })
  server.listen(path)
  await once(server, 'listening')
  await chmod(path, 0o600)
  const received = connected.promise.then((socket) => write(socket, file))
  received.catch(() => undefined)
  return {
    uri: `unix:${path}`,
    received,
    [Symbol.asyncDispose]: async () => {
      server.close()
      connected.reject(new Error('QEMU sent nothing'))
      await received.catch(() => undefined)
      await rm(path, { force: true })
    },
  }
}

/** `cat` carries the bytes: through this process they would leave tens of MB of garbage in an engine that is about to sleep. */
async function write(socket: Socket, file: string): Promise<MemoryDigest> {
  await using handle = await open(file, 'w+', 0o600)
  const cat = spawn('cat', [], { stdio: [socket, handle.fd, 'pipe'], env: { ...process.env, LC_ALL: 'C' } })
  // Its copy is the one that counts.
  socket.destroy()
  const [words, [code]] = await Promise.all([text(cat.stderr as Readable), once(cat, 'close')])
  if (code !== 0) throw Object.assign(new Error(words.trim() || `cat ended with ${String(code)}`), /No space left/i.test(words) ? { code: 'ENOSPC' } : {})
  // What counts as saved must survive a power cut.
  await handle.sync()
  return await digestOf(handle)
}
