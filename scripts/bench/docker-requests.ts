import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { pause } from './pause.ts'

const answered = Buffer.from('HTTP/1.1 200')
/** The body of /_ping is these two bytes; nothing in its head is. */
const pingEnd = Buffer.from('\r\n\r\nOK')

/** Connects to a unix socket. @throws Error when nobody listens. */
export async function connectUnix(path: string): Promise<Socket> {
  const socket = connect(path)
  await once(socket, 'connect')
  return socket
}

/** A new connection, `GET /_ping`, its answer, and the connection closed; milliseconds. @throws Error when Docker does not answer 200. */
export async function pingOnce(path: string): Promise<number> {
  const began = performance.now()
  const socket = await connectUnix(path)
  try {
    socket.write('GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n')
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    if (!Buffer.concat(chunks).subarray(0, answered.length).equals(answered)) throw new Error('Docker did not answer')
  } finally {
    socket.destroy()
  }
  return performance.now() - began
}

/** Pings until Docker answers, again 20 ms after each refusal. @throws Error after `limitMs`. */
export async function pingUntilAnswered(path: string, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs
  for (;;) {
    const isAnswered = await pingOnce(path).then(() => true, () => false)
    if (isAnswered) return
    if (performance.now() > deadline) throw new Error(`Docker did not answer on ${path} within ${limitMs / 1000} s`)
    await pause(20)
  }
}

/** Milliseconds of each of `count` pings over one connection that stays open. */
export async function pingKeptAlive(path: string, count: number): Promise<number[]> {
  const socket = await connectUnix(path)
  const times: number[] = []
  try {
    for (let index = 0; index < count; index++) times.push(await pingOver(socket))
  } finally {
    socket.destroy()
  }
  return times
}

async function pingOver(socket: Socket): Promise<number> {
  const began = performance.now()
  socket.write('GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n')
  let seen = Buffer.alloc(0)
  while (!seen.includes(pingEnd)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    seen = Buffer.concat([seen, chunk])
  }
  return performance.now() - began
}

/** New connections a second that ping and close, `width` of them at a time. */
export async function connectionRate(path: string, count: number, width: number): Promise<number> {
  const began = performance.now()
  let left = count
  const worker = async (): Promise<void> => {
    while (left-- > 0) await pingOnce(path)
  }
  await Promise.all(Array.from({ length: width }, worker))
  return (count * 1000) / (performance.now() - began)
}
