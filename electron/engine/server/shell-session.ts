import { once } from 'node:events'
import type { WebSocket } from 'ws'
import { toCoveError } from '#contract/errors.ts'
import { ShellControl, ShellOpen, type ShellEnd } from '#contract/shell.ts'
import { withLimit } from '#base/limit.ts'
import type { GuestProcess, Tunnel } from '../tunnel/tunnel.ts'

/** The guest's output is held back while the client has this much unread. */
const highWaterBytes = 1024 * 1024
const openLimitMs = 30_000

/** Serves one terminal session on the raw side-channel described in contract/shell.ts. */
export async function serveShell(socket: WebSocket, tunnel: () => Tunnel): Promise<void> {
  const end = await runSession(socket, tunnel).catch((error: unknown): ShellEnd => {
    const { code, message, hint } = toCoveError(error)
    return { exitCode: null, signal: null, error: { code, message, hint: hint ?? null } }
  })
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(end))
  socket.close()
}

async function runSession(socket: WebSocket, tunnel: () => Tunnel): Promise<ShellEnd> {
  const gone = new AbortController()
  socket.once('close', () => gone.abort(new Error('the client left')))
  const limit = { what: 'the shell to open', ms: openLimitMs, signal: gone.signal }
  const process = await withLimit(limit, async (signal) => {
    const [first] = (await once(socket, 'message', { signal })) as [Buffer, boolean]
    const { command, tty } = ShellOpen.parse(JSON.parse(first.toString('utf8')))
    const running = tunnel().run({ command, tty, signal })
    socket.pause()
    return running
  })
  await using _running = process
  socket.on('message', (data: Buffer, isBinary: boolean) => void accept(socket, process, { data, isBinary }))
  socket.resume()
  const ended = withLimit({ ...limit, what: 'the shell', ms: 2 ** 31 - 1 }, () => process.exited)
  const [{ exitCode, signal }] = await Promise.all([ended, pump(socket, process.stdout, 1), pump(socket, process.stderr, 2)])
  return { exitCode, signal, error: null }
}

async function accept(socket: WebSocket, process: GuestProcess, { data, isBinary }: { data: Buffer; isBinary: boolean }): Promise<void> {
  if (isBinary) {
    if (process.stdin.write(data)) return
    socket.pause()
    await once(process.stdin, 'drain').catch(() => undefined)
    return socket.resume()
  }
  const control = ShellControl.safeParse(JSON.parse(data.toString('utf8')))
  if (!control.success) return
  if (control.data.type === 'resize') process.resize(control.data.columns, control.data.rows)
  else if (control.data.type === 'signal') process.signal(control.data.name)
  else process.stdin.end()
}

async function pump(socket: WebSocket, output: NodeJS.ReadableStream, stream: 1 | 2): Promise<void> {
  const prefix = Buffer.from([stream])
  for await (const chunk of output) {
    if (socket.readyState !== socket.OPEN) return
    const sent = new Promise<void>((resolve) => socket.send(Buffer.concat([prefix, chunk as Buffer]), () => resolve()))
    if (socket.bufferedAmount > highWaterBytes) await sent
  }
}
