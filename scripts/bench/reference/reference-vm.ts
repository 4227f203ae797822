import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { pingUntilAnswered } from '../docker-requests.ts'
import { freePort } from '../free-port.ts'
import { qemuOfMachine, type Machine } from '../machine.ts'
import { openForward, type Forward } from '../ssh-forward.ts'

/** What resources/bench/ssh-ready.conf makes the guest print once sshd listens. */
const sshdListens = '@@sshd-listens'
const bootLimitMs = 10 * 60_000
const stopLimitMs = 3 * 60_000

/** A disk to boot, and how. */
export interface ReferenceStart {
  disk: string
  key: string
  machine: Machine
}

/** Moments of a start, in milliseconds since QEMU was executed. */
export interface ReferenceMoments {
  sshd: number
  forward: number
  docker: number
}

/** A conventional guest that runs and whose Docker answers; disposing it ends QEMU at once. */
export interface ReferenceVm extends AsyncDisposable {
  readonly pid: number
  readonly sshPid: number
  readonly dockerSocket: string
  readonly moments: ReferenceMoments
  /** Runs a command in the guest over the connection there is. @throws Error when it fails. */
  run(command: string): Promise<string>
  /** `systemctl poweroff` over the connection there is; milliseconds until QEMU is gone. */
  stop(): Promise<number>
}

/** Starts the guest; resolves when Docker answers through the forwarded socket. Nothing on the way is polled but that socket, every 20 ms. */
export async function startReference({ disk, key, machine }: ReferenceStart): Promise<ReferenceVm> {
  const folder = await mkdtemp(join(tmpdir(), 'cb-ref-'))
  const port = await freePort()
  const began = performance.now()
  const qemu = spawn(machine.program, referenceArguments(machine, disk, port), { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(qemu, 'close')
  try {
    await untilPrinted(qemu, sshdListens)
    const sshd = performance.now() - began
    const forward = await openForward({ folder, port, key, user: 'bench', guestSocket: '/run/docker.sock', shared: true })
    const forwarded = performance.now() - began
    await pingUntilAnswered(forward.socket, bootLimitMs)
    const moments = { sshd, forward: forwarded, docker: performance.now() - began }
    return handle({ qemu, closed, folder, forward, moments })
  } catch (error) {
    qemu.kill('SIGKILL')
    await closed
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** QEMU as Cove starts it (program, accelerator, processors, memory, virtio), with its firmware booting the disk. */
export function referenceArguments(machine: Machine, disk: string, port: number): string[] {
  const file = `driver=qcow2,node-name=disk,discard=unmap,detect-zeroes=unmap,file.driver=file,file.filename=${disk}`
  const devices = ['virtio-blk-pci,drive=disk', 'virtio-net-pci,netdev=net0,romfile=', 'virtio-rng-pci', 'virtio-balloon-pci,free-page-reporting=on']
  const backends = ['-blockdev', file, '-netdev', `user,id=net0,ipv6=off,hostfwd=tcp:127.0.0.1:${port}-:22`]
  return [...qemuOfMachine(machine), ...backends, ...devices.flatMap((device) => ['-device', device]), '-serial', 'stdio']
}

async function untilPrinted(qemu: ChildProcess, text: string): Promise<void> {
  if (!qemu.stdout) throw new Error('QEMU has no output')
  const seen = Promise.withResolvers<void>()
  const tail: string[] = []
  createInterface({ input: qemu.stdout }).on('line', (line) => {
    tail.push(line)
    if (tail.length > 8) tail.shift()
    if (line.includes(text)) seen.resolve()
  })
  const fail = (why: string) => (): void => seen.reject(new Error(`the conventional guest ${why}; it printed last: ${tail.join(' | ')}`))
  const timer = setTimeout(fail(`did not come up within ${bootLimitMs / 1000} s`), bootLimitMs)
  qemu.once('exit', fail('ended'))
  await seen.promise.finally(() => clearTimeout(timer))
}

interface Running {
  qemu: ChildProcess
  closed: Promise<unknown>
  folder: string
  forward: Forward
  moments: ReferenceMoments
}

function handle({ qemu, closed, folder, forward, moments }: Running): ReferenceVm {
  const stop = async (): Promise<number> => {
    const began = performance.now()
    const timer = setTimeout(() => qemu.kill('SIGKILL'), stopLimitMs)
    // The connection may be cut before the command has ended.
    forward.run('sudo systemctl poweroff').catch(() => undefined)
    await closed.finally(() => clearTimeout(timer))
    if (qemu.signalCode !== null) throw new Error(`the conventional guest did not power off within ${stopLimitMs / 1000} s`)
    return performance.now() - began
  }
  return {
    pid: qemu.pid ?? 0,
    sshPid: forward.pid,
    dockerSocket: forward.socket,
    moments,
    run: forward.run,
    stop,
    async [Symbol.asyncDispose]() {
      if (qemu.exitCode === null) qemu.kill('SIGKILL')
      await closed
      await forward[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Runs docker against a guest's socket. @throws Error with what it printed when it fails. */
export async function dockerOn(socket: string, program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await execa(program, ['-H', `unix://${socket}`, ...args])
  return stdout
}
