import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, type FileHandle, open, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { crc32 } from 'node:zlib'

/** How memory is known again: its length and a checksum against damage (not against malice: it lies in the user's own folder). */
export interface MemoryDigest {
  bytes: number
  crc32: number
}

/** The largest piece of memory held at a time, in bytes. */
const blockBytes = 1024 * 1024

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

async function digestOf(handle: FileHandle): Promise<MemoryDigest> {
  const digest = { bytes: 0, crc32: 0 }
  const buffer = Buffer.allocUnsafeSlow(blockBytes)
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, blockBytes, digest.bytes)
    if (bytesRead === 0) return digest
    digest.bytes += bytesRead
    digest.crc32 = crc32(buffer.subarray(0, bytesRead), digest.crc32)
  }
}

/** Sends a file to QEMU over a connected socket and ends it. Two blocks take turns: one is read while the other is under way. */
export async function sendMemory(file: string, socket: Socket, signal: AbortSignal): Promise<MemoryDigest> {
  await using handle = await open(file, 'r')
  const digest = { bytes: 0, crc32: 0 }
  const blocks = [Buffer.allocUnsafeSlow(blockBytes), Buffer.allocUnsafeSlow(blockBytes)]
  let sending: Promise<void> = Promise.resolve()
  for (let turn = 0; ; turn = 1 - turn) {
    signal.throwIfAborted()
    const { bytesRead } = await handle.read(blocks[turn] as Buffer)
    if (bytesRead === 0) break
    const block = (blocks[turn] as Buffer).subarray(0, bytesRead)
    digest.bytes += bytesRead
    digest.crc32 = crc32(block, digest.crc32)
    await sending
    sending = send(socket, block)
    // A failure is met by the next turn's await; until then it is nobody's.
    sending.catch(() => undefined)
  }
  await sending
  socket.end()
  return digest
}

function send(socket: Socket, block: Buffer): Promise<void> {
  return new Promise((resolve, reject) => socket.write(block, (error) => (error ? reject(error) : resolve())))
}
