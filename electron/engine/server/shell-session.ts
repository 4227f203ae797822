import { on, once } from 'node:events'
import type { WebSocket } from 'ws'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { ShellControl, ShellOpen, type ShellEnd } from '#contract/shell.ts'
import { withLimit } from '#base/limit.ts'
import type { GuestProcess, Tunnel } from '../tunnel/tunnel.ts'

/** The guest's output is held back while the client has this much unread. */
const highWaterBytes = 1024 * 1024
const openLimitMs = 30_000
/** The client's frames are held back while this many wait for the guest. */
const maxWaitingFrames = 16

/** Gives the way into the guest, which may have to wake for it. */
type Reach = (signal: AbortSignal) => Tunnel | Promise<Tunnel>

/** A message of the client: its bytes, and whether they are stdin or text. */
type Frame = [data: Buffer, isBinary: boolean]

/** Serves one terminal session on the raw side-channel described in contract/shell.ts. */
export async function serveShell(socket: WebSocket, reach: Reach): Promise<void> {
  const gone = new AbortController()
  socket.once('close', () => gone.abort(new Error('the client left')))
  const end = await runSession(socket, reach, gone.signal).catch((error: unknown): ShellEnd => {
    const { code, message, hint } = toCoveError(error, 'tunnel.unreachable')
    return { exitCode: null, signal: null, error: { code, message, hint: hint ?? null } }
  })
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(end))
  socket.close()
}

async function runSession(socket: WebSocket, reach: Reach, gone: AbortSignal): Promise<ShellEnd> {
  // From the first moment on: a client need not wait for the shell to send its bytes.
  const frames = on(socket, 'message', { signal: gone, highWaterMark: maxWaitingFrames, lowWaterMark: 1 }) as NodeJS.AsyncIterator<Frame>
  const wish = await withLimit({ what: 'the client to say what to run', ms: openLimitMs, signal: gone }, () => firstFrame(frames))
  // A sleeping vm wakes for this, which has limits of its own.
  const tunnel = await reach(gone)
  await using process = await withLimit({ what: 'the shell to open', ms: openLimitMs, signal: gone }, (signal) => open(tunnel, wish, signal))
  // What it has not read when it ends is nobody's concern.
  process.stdin.on('error', () => undefined)
  feed(frames, process, gone).catch(() => undefined)
  const ended = untilGone(process.exited, gone)
  const [{ exitCode, signal }] = await Promise.all([ended, pump(socket, process.stdout, 1), pump(socket, process.stderr, 2)])
  return { exitCode, signal, error: null }
}

async function firstFrame(frames: NodeJS.AsyncIterator<Frame>): Promise<ShellOpen> {
  const first = await frames.next()
  return parseOpen(first.done ? '' : first.value[0].toString('utf8'))
}

async function open(tunnel: Tunnel, { command, tty }: ShellOpen, signal: AbortSignal): Promise<GuestProcess> {
  const process = await tunnel.run({ command, tty, signal })
  if (!signal.aborted) return process
  await process[Symbol.asyncDispose]()
  throw signal.reason
}

function parseOpen(text: string): ShellOpen {
  const opening = ShellOpen.safeParse(parseJson(text))
  if (opening.success) return opening.data
  throw new CoveError('usage.invalid', { message: `a shell begins with what to run: ${opening.error.issues[0]?.message ?? 'not valid'}` })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Hands the client's bytes and wishes to the guest, in their order; what makes no sense is passed over. */
async function feed(frames: NodeJS.AsyncIterator<Frame>, process: GuestProcess, gone: AbortSignal): Promise<void> {
  for await (const [data, isBinary] of frames) {
    if (isBinary) {
      if (process.stdin.writable && !process.stdin.write(data)) await once(process.stdin, 'drain', { signal: gone })
      continue
    }
    const control = ShellControl.safeParse(parseJson(data.toString('utf8'))).data
    if (control?.type === 'resize') process.resize(control.columns, control.rows)
    else if (control?.type === 'signal') process.signal(control.name)
    else if (control?.type === 'eof') process.stdin.end()
  }
}

async function untilGone<T>(work: Promise<T>, gone: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(gone.reason)
  gone.addEventListener('abort', onAbort, { once: true })
  if (gone.aborted) onAbort()
  return Promise.race([work, promise]).finally(() => gone.removeEventListener('abort', onAbort))
}

async function pump(socket: WebSocket, output: NodeJS.ReadableStream, stream: 1 | 2): Promise<void> {
  const prefix = Buffer.from([stream])
  for await (const chunk of output) {
    if (socket.readyState !== socket.OPEN) return
    const sent = new Promise<void>((resolve) => socket.send(Buffer.concat([prefix, chunk as Buffer]), () => resolve()))
    if (socket.bufferedAmount > highWaterBytes) await sent
  }
}
