import { constants } from 'node:os'
import type { WebSocket } from 'ws'
import { CoveError, isErrorCode } from '#contract/errors.ts'
import type { ShellControl, ShellEnd, ShellOpen } from '#contract/shell.ts'
import type { CliIo, StopSignal } from './io.ts'

const highWaterBytes = 1024 * 1024
const streamOf = { stdout: 1, stderr: 2 } as const

/** How to talk to a shell session: the io it is wired to, and what it runs. */
export interface ShellSession {
  socket: WebSocket
  io: Pick<CliIo, 'stdin' | 'stdout' | 'stderr' | 'interceptSignals'>
  open: ShellOpen
}

/**
 * Runs one session of contract/shell.ts wired to our own streams; resolves with the exit code for the shell.
 * @throws CoveError with the engine's own reason, or `tunnel.unreachable` when the connection breaks.
 */
export async function runShellSession(session: ShellSession): Promise<number> {
  const { socket, io, open } = session
  using wiring = new DisposableStack()
  const ended = receive(session)
  socket.send(JSON.stringify(open))
  if (open.tty) {
    io.stdin.setRawMode?.(true)
    wiring.defer(() => io.stdin.setRawMode?.(false))
  }
  wiring.use(sendInput(session))
  wiring.use(open.tty ? sendResizes(session) : sendSignals(session))
  return exitCodeOf(await ended)
}

/** Delivers the output; settles with the session's end once all of it is written. */
async function receive({ socket, io }: ShellSession): Promise<ShellEnd> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) return resolve(data.toString())
    const target = data[0] === streamOf.stderr ? io.stderr : io.stdout
    if (target.write(data.subarray(1))) return
    socket.pause()
    target.once('drain', () => socket.resume())
  })
  const broken = (error?: Error): void =>
    reject(
      new CoveError('tunnel.unreachable', {
        message: `the session broke off${error ? `: ${error.message}` : ''}`,
        hint: 'See what happened with: cove status',
      }),
    )
  socket.once('close', () => broken())
  socket.once('error', broken)
  const [text, { ShellEnd }] = await Promise.all([promise, import('#contract/shell.ts')])
  return ShellEnd.parse(JSON.parse(text))
}

/** Passes stdin on, no faster than the engine takes it. */
function sendInput({ socket, io: { stdin } }: ShellSession): Disposable {
  const onData = (chunk: Buffer): void => {
    socket.send(chunk, () => {
      if (socket.bufferedAmount < highWaterBytes) stdin.resume()
    })
    if (socket.bufferedAmount >= highWaterBytes) stdin.pause()
  }
  const onEnd = (): void => control(socket, { type: 'eof' })
  stdin.on('data', onData).once('end', onEnd).once('error', onEnd)
  return {
    [Symbol.dispose]: () => {
      stdin.off('data', onData).off('end', onEnd).pause()
    },
  }
}

function sendResizes({ socket, io: { stdout } }: ShellSession): Disposable {
  const onResize = (): void => control(socket, { type: 'resize', ...sizeOf(stdout) })
  stdout.on('resize', onResize)
  return { [Symbol.dispose]: () => void stdout.off('resize', onResize) }
}

/** Without a terminal the command gets our signals; the second of them gives up waiting for it. */
function sendSignals({ socket, io }: ShellSession): Disposable {
  let count = 0
  return io.interceptSignals((name: StopSignal) => {
    if (++count > 1) socket.terminate()
    else control(socket, { type: 'signal', name: name.slice(3) })
  })
}

function control(socket: WebSocket, message: ShellControl): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
}

/** The size of a terminal, as the guest should see it. */
export function sizeOf({ columns, rows }: { columns?: number; rows?: number }): { columns: number; rows: number } {
  return { columns: columns || 80, rows: rows || 24 }
}

/** The exit code a shell would report: the command's own, or 128 + its signal. */
export function exitCodeOf({ exitCode, signal, error }: ShellEnd): number {
  if (error) {
    throw new CoveError(isErrorCode(error.code) ? error.code : 'internal.bug', {
      message: error.message,
      about: undefined,
      ...(error.hint === null ? {} : { hint: error.hint }),
    })
  }
  if (exitCode !== null) return exitCode
  const numbers: Readonly<Record<string, number>> = constants.signals
  return 128 + (numbers[`SIG${(signal ?? '').replace(/^SIG/, '')}`] ?? 0)
}
