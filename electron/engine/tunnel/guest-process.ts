import { finished } from 'node:stream/promises'
import type { ClientChannel } from 'ssh2'
import { CoveError } from '#contract/errors.ts'
import type { ChannelStream } from './channel-stream.ts'
import type { GuestCommand, GuestProcess } from './tunnel.ts'

/** Bytes of output that `captureOutput` keeps. */
const captureCap = 1024 * 1024

/** A started channel as a process; aborting the command's signal ends it. */
export function guestProcess(command: GuestCommand, { channel, stream }: { channel: ClientChannel; stream: ChannelStream }): GuestProcess {
  const exit = exitOf(channel, stream)
  const stop = (): void => void stream.destroy()
  command.signal?.addEventListener('abort', stop, { once: true })
  stream.once('close', () => command.signal?.removeEventListener('abort', stop))
  if (command.signal?.aborted) stop()
  return {
    stdin: stream,
    stdout: stream,
    stderr: channel.stderr,
    exited: exit,
    resize: (columns, rows) => channel.setWindow(rows, columns, 0, 0),
    signal: (name) => channel.signal(name),
    [Symbol.asyncDispose]: async () => {
      stream.destroy()
      await exit.catch(() => undefined)
    },
  }
}

function exitOf(channel: ClientChannel, stream: ChannelStream): GuestProcess['exited'] {
  const { promise, resolve, reject } = Promise.withResolvers<Awaited<GuestProcess['exited']>>()
  channel.once('exit', (code: number | null, signal?: string) => resolve({ exitCode: code, signal: signal ?? null }))
  stream.once('error', reject)
  // No exit message came: the channel was closed from our side, or sshd died with it.
  stream.once('close', () => resolve({ exitCode: null, signal: null }))
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
