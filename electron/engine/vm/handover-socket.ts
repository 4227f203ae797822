import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, rename, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'

/**
 * A unix socket that listens before QEMU exists and is handed to it as an inherited descriptor: connecting never races
 * with QEMU's start, nothing has to be polled, and its mode is ours. It has a passing name until it is published.
 */
export interface HandoverSocket {
  /** For the child's stdio; valid until `release`. */
  fd: number
  path: string
  /** Closes our copy once the child has its own; only then may anyone connect. */
  release(): Promise<void>
  /** Gives it its lasting name, replacing a stale one. */
  publish(path: string): Promise<void>
  discard(): Promise<void>
}

/** Opens one in `dir`; its name is shorter than any lasting one, so that it fits wherever those do. */
export async function openHandoverSocket(dir: string): Promise<HandoverSocket> {
  const path = join(dir, randomBytes(4).toString('hex'))
  const bound = `${path}b`
  const server = createServer()
  server.listen(bound)
  await once(server, 'listening')
  await chmod(bound, 0o600)
  // Closing the server unlinks the name it was bound to; the socket lives on under this one.
  await rename(bound, path)
  return {
    fd: descriptorOf(server),
    path,
    release: async () => {
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    },
    publish: (to) => rename(path, to),
    discard: async () => {
      server.close()
      await rm(path, { force: true })
    },
  }
}

/** Node hands out no descriptor of a listening server; its handle has had this field since 0.8 (libuv's uv_pipe_t). */
function descriptorOf(server: Server): number {
  const handle: unknown = Reflect.get(server, '_handle')
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined
  if (typeof fd === 'number' && fd >= 0) return fd
  throw new Error('this Node does not tell the descriptor of a listening socket')
}
