import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { connectUnix } from './docker-requests.ts'

const block = Buffer.alloc(256 * 1024)

/** MB/s of `bytes` written to the guest's bulk peer, until it says that it has read them all. */
export async function sendBulk(path: string, bytes: number): Promise<number> {
  const began = performance.now()
  const socket = await connectUnix(path)
  const answer = once(socket, 'data')
  socket.write(`take ${bytes}\n`)
  for (let left = bytes; left > 0; left -= block.length) {
    if (!socket.write(left < block.length ? block.subarray(0, left) : block)) await once(socket, 'drain')
  }
  await answer
  socket.destroy()
  return rate(bytes, began)
}

/** MB/s of `bytes` read from the guest's bulk peer. @throws Error when fewer came. */
export async function receiveBulk(path: string, bytes: number): Promise<number> {
  const began = performance.now()
  const socket = await connectUnix(path)
  let received = 0
  socket.on('data', (chunk: Buffer) => (received += chunk.length))
  socket.write(`send ${bytes}\n`)
  await finished(socket, { writable: false })
  socket.destroy()
  if (received !== bytes) throw new Error(`${received} of ${bytes} bytes came through ${path}`)
  return rate(bytes, began)
}

function rate(bytes: number, began: number): number {
  return bytes / 1e6 / ((performance.now() - began) / 1000)
}
