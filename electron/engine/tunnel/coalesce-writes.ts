import type { Socket } from 'node:net'

/**
 * Makes a connected socket send what one turn of the event loop writes as one piece.
 * ssh2 writes each packet in three parts (length, body, tag); with no-delay set each would be a segment and a system call.
 */
export function coalesceWrites(socket: Socket): void {
  const write = socket.write.bind(socket) as (chunk: string | Uint8Array, ...rest: unknown[]) => boolean
  let isCorked = false
  const release = (): void => {
    isCorked = false
    socket.uncork()
  }
  // A property of the socket, set once it is connected: `connect` throws away the override of a subclass.
  socket.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    if (!isCorked) {
      isCorked = true
      socket.cork()
      process.nextTick(release)
    }
    return write(chunk, ...rest)
  }
}
