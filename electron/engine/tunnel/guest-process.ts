import { Transform, type TransformCallback } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { ClientChannel } from 'ssh2'
import { CoveError } from '#contract/errors.ts'
import type { ChannelStream } from './channel-stream.ts'
import type { GuestCommand, GuestProcess } from './tunnel.ts'

/** Bytes of output that `captureOutput` keeps. */
const captureCap = 1024 * 1024

/** Keys that make a terminal send a signal. */
const terminalKeys: Readonly<Record<string, string>> = { INT: '\x03', QUIT: '\x1c', TSTP: '\x1a' }

/** sshd's word on how a command ended. A quick one may have ended before anybody could ask: what was told is kept. */
export class ExitWord {
  #told: Awaited<GuestProcess['exited']> | undefined
  #onTold: (() => void) | undefined

  /** To be called in the very turn the channel comes: its end may be in the same packet. */
  listen(channel: ClientChannel): void {
    channel.once('exit', (code: number | null, signal?: string) => {
      this.#told = { exitCode: code, signal: signal ?? null }
      this.#onTold?.()
    })
  }

  /** How it ended, as far as that was told. */
  get told(): Awaited<GuestProcess['exited']> | undefined {
    return this.#told
  }

  onTold(listener: () => void): void {
    this.#onTold = listener
  }
}

/** A channel with a command in it, and the way to send its process group a signal. */
export interface StartedCommand {
  channel: ClientChannel
  stream: ChannelStream
  exit: ExitWord
  kill(processGroup: number, signal: string): void
}

/**
 * The command line to hand to sshd. Without a terminal its first line on stderr is its process group, which
 * `guestProcess` takes out again: OpenSSH passes no signals on to what root runs.
 */
export function commandLine({ command, tty }: GuestCommand): string | null {
  return command === null || tty ? command : `echo $$ >&2\n${command}`
}

/** A started command as a process; aborting the command's signal ends it. */
export function guestProcess(command: GuestCommand, { channel, stream, exit: word, kill }: StartedCommand): GuestProcess {
  const exit = exitOf(word, stream)
  const group = command.command === null || command.tty ? undefined : new GroupLine()
  const stop = (): void => void stream.destroy()
  command.signal?.addEventListener('abort', stop, { once: true })
  stream.once('close', () => command.signal?.removeEventListener('abort', stop))
  if (command.signal?.aborted) stop()
  return {
    stdin: stream,
    stdout: stream,
    stderr: group ? channel.stderr.pipe(group) : channel.stderr,
    exited: exit,
    resize: (columns, rows) => channel.setWindow(rows, columns, 0, 0),
    signal: (name) => {
      const signal = name.toUpperCase().replace(/^SIG/, '')
      if (group) void group.known.then((id) => kill(id, signal))
      else stream.write(terminalKeys[signal] ?? '')
    },
    [Symbol.asyncDispose]: async () => {
      stream.destroy()
      await exit.catch(() => undefined)
    },
  }
}

/** Takes the first line, a process group, out of a stream. */
class GroupLine extends Transform {
  readonly known: Promise<number>
  readonly #tell: (group: number) => void
  #start: Buffer | undefined = Buffer.alloc(0)

  constructor() {
    super()
    const { promise, resolve } = Promise.withResolvers<number>()
    this.known = promise
    this.#tell = resolve
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (!this.#start) return done(null, chunk)
    const all = Buffer.concat([this.#start, chunk])
    const end = all.indexOf('\n')
    this.#start = end < 0 ? all : undefined
    if (end < 0) return done()
    this.#tell(Number(all.toString('latin1', 0, end)))
    done(null, all.subarray(end + 1))
  }
}

function exitOf(word: ExitWord, stream: ChannelStream): GuestProcess['exited'] {
  const { promise, resolve, reject } = Promise.withResolvers<Awaited<GuestProcess['exited']>>()
  const settle = (): void => {
    if (word.told) resolve(word.told)
  }
  word.onTold(settle)
  settle()
  stream.once('error', reject)
  // Without a word the channel was closed from our side, or sshd died with it.
  stream.once('close', () => resolve(word.told ?? { exitCode: null, signal: null }))
  // Nobody may be waiting for the exit.
  promise.catch(() => undefined)
  return promise
}

/**
 * The output of a process, run to its end without input.
 * @throws CoveError `vm.guest-failed` with the end of its stderr when it exits non-zero.
 */
export async function captureOutput(command: string, process: GuestProcess): Promise<string> {
  process.stdin.end()
  const [stdout, stderr, { exitCode, signal }] = await Promise.all([
    collect(process.stdout),
    collect(process.stderr),
    process.exited,
  ])
  if (exitCode === 0) return stdout
  throw new CoveError('vm.guest-failed', {
    message: `"${command}" in the guest ended with ${exitCode === null ? (signal ?? 'no exit code') : `exit code ${exitCode}`}: ${stderr.trim().slice(-2_000) || 'it said nothing'}`,
  })
}

async function collect(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = []
  let kept = 0
  stream.on('data', (chunk: Buffer) => {
    if (kept >= captureCap) return
    chunks.push(chunk.subarray(0, captureCap - kept))
    kept += chunk.length
  })
  await finished(stream, { writable: false })
  return Buffer.concat(chunks).toString('utf8')
}
