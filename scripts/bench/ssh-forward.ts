import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, watch } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'

/** Which guest's socket OpenSSH forwards, and as whom. */
export interface ForwardTarget {
  /** Where the local socket is made, in a folder of its own. */
  folder: string
  port: number
  key: string
  user: string
  guestSocket: string
  /** The cipher; OpenSSH's own choice without one. */
  cipher?: string
  /** Lets `run` use this connection. */
  shared?: boolean
}

/** A running `ssh -L`; disposing it ends ssh. */
export interface Forward extends AsyncDisposable {
  readonly pid: number
  readonly socket: string
  /** Runs a command over the same connection. */
  run(command: string): Promise<string>
}

const limitMs = 120_000

/** Starts `ssh -N -L local.sock:guestSocket`; resolves when the local socket listens, which is after authentication. */
export async function openForward(target: ForwardTarget): Promise<Forward> {
  const folder = await mkdtemp(join(target.folder, 'f'))
  const socket = join(folder, 'docker.sock')
  const control = join(folder, 'control')
  const where = [...options(target), `${target.user}@127.0.0.1`]
  const sharing = target.shared === true ? ['-M', '-S', control] : []
  const made = untilMade(folder, 'docker.sock')
  const ssh = spawn('ssh', ['-N', ...sharing, '-L', `${socket}:${target.guestSocket}`, ...where], { stdio: ['ignore', 'ignore', 'pipe'] })
  let complaints = ''
  ssh.stderr.setEncoding('utf8').on('data', (text: string) => (complaints = (complaints + text).slice(-2000)))
  const closed = once(ssh, 'close')
  const ended = closed.then(() => Promise.reject(new Error(`ssh -L ended: ${complaints.trim()}`)))
  ended.catch(() => undefined)
  const end = async (): Promise<void> => {
    ssh.kill()
    await closed
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await Promise.race([made, ended])
  } catch (error) {
    await end()
    throw error
  }
  return {
    pid: ssh.pid ?? 0,
    socket,
    run: async (command) => (await execa('ssh', ['-S', control, ...where, command])).stdout,
    [Symbol.asyncDispose]: end,
  }
}

function options({ port, key, cipher }: ForwardTarget): string[] {
  const settings = {
    IdentitiesOnly: 'yes',
    BatchMode: 'yes',
    StrictHostKeyChecking: 'no',
    UserKnownHostsFile: '/dev/null',
    LogLevel: 'ERROR',
    ExitOnForwardFailure: 'yes',
    ...(cipher === undefined ? {} : { Ciphers: cipher }),
  }
  return ['-F', 'none', '-p', String(port), '-i', key, ...Object.entries(settings).map(([name, value]) => `-o${name}=${value}`)]
}

/** Resolves when a file of this name appears in the folder. @throws Error after two minutes. */
async function untilMade(folder: string, name: string): Promise<void> {
  const signal = AbortSignal.timeout(limitMs)
  try {
    for await (const { filename } of watch(folder, { signal })) if (filename === name) return
  } catch (error) {
    throw signal.aborted ? new Error(`ssh made no socket within ${limitMs / 1000} s`) : error
  }
}
