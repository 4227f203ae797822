import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { withLimit } from '#base/limit.ts'
import type { Logger } from '#base/log.ts'
import type { CovePaths } from '#base/paths.ts'
import { identifyProcess } from '#base/process-identity.ts'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { qemuArguments } from './arguments.ts'
import { bootTail, markBoot } from './boot-log.ts'
import { type Channels, openChannels } from './channels.ts'
import { ControlPort } from './control.ts'
import type { GuestPort, VmPlan } from './plan.ts'
import { QmpClient } from './qmp.ts'
import { startFailure } from './start-failure.ts'
import { type FileServers, noFileServers, openFileServers } from './virtiofs/file-servers.ts'
import type { Virtiofsd } from './virtiofs/virtiofsd.ts'
import { childProcess, type ProcessExit, type VmProcess } from './vm-process.ts'

/** How long QEMU may take until its monitor answers; it needs 50 ms on a quiet machine. */
const startLimitMs = 20_000

/** What a launch adds to by itself. */
export type LaunchPlan = Omit<VmPlan, 'monitor' | 'control' | 'ports' | 'virtiofs'>

/** What to launch, and how to be told to give up. */
export interface Launch {
  program: string
  /** Loaded into it first, by LD_PRELOAD. */
  library?: string | undefined
  plan: LaunchPlan
  /** Folders to offer by virtiofs, or why none is although that was asked for. */
  virtiofs?: { virtiofsd: Virtiofsd; folders: readonly string[] } | { problem: string } | undefined
  paths: CovePaths
  log: Logger
  signal: AbortSignal
  /** Waits for saved memory instead of booting, and then stands still; QEMU inherits this file. */
  memory?: FileHandle
}

/** A QEMU that runs and whose monitor answered; its sockets have their lasting names. */
export interface Launched {
  process: VmProcess
  qmp: QmpClient
  control: ControlPort
  ports: Map<GuestPort, Socket>
  fileServers: FileServers
  /** QEMU's own number for the file that the memory is in. */
  memoryFd: number
}

/**
 * Starts QEMU in a session of its own, so that it outlives this process, and waits until its monitor answers.
 * @throws CoveError `vm.start-failed`, `disk.in-use`, `disk.corrupt` with QEMU's own words; the caller's abort reason. Nothing is left running.
 */
export async function launchQemu(launch: Launch): Promise<Launched> {
  const { paths, plan, signal } = launch
  await mkdir(paths.runDir, { recursive: true, mode: 0o700 })
  const startedAt = new Date()
  await Promise.all([markBoot(paths.logs.qemu, startedAt), markBoot(plan.serialLog, startedAt)])
  const channels = await openChannels(paths, plan.host)
  let fileServers: FileServers | undefined
  try {
    fileServers = await serveFolders(launch)
    const child = await spawnQemu(launch, channels, fileServers)
    try {
      const limit = { what: 'QEMU to start', ms: startLimitMs, code: 'vm.start-failed' as const, signal }
      const greeted = await withLimit(limit, (inner) => greet(launch, { child, channels, signal: inner }))
      await fileServers.connected()
      return { ...greeted, fileServers, memoryFd: memoryFdOf(channels) }
    } catch (error) {
      throw await giveUp(launch, child, error)
    }
  } catch (error) {
    await Promise.all([channels.discard(), fileServers?.end()])
    throw error
  }
}

async function serveFolders({ virtiofs, paths, log }: Launch): Promise<FileServers> {
  if (virtiofs && 'virtiofsd' in virtiofs) return await openFileServers({ paths, log }, virtiofs)
  return await noFileServers({ paths, log }, virtiofs?.problem)
}

async function spawnQemu({ program, library, plan, paths, memory }: Launch, channels: Channels, { devices }: FileServers): Promise<ChildProcess> {
  const args = qemuArguments({ ...plan, monitor: channels.monitor, control: channels.control, ports: channels.ports, virtiofs: devices })
  if (memory) args.push('-S', '-incoming', 'defer')
  const output: FileHandle = await open(paths.logs.qemu, 'a', 0o600)
  try {
    const child = spawn(program, args, {
      cwd: paths.runDir,
      detached: true,
      windowsHide: true,
      env: withLibrary(process.env, library),
      stdio: ['ignore', output.fd, output.fd, ...channels.inherited, ...(memory ? [memory.fd] : [])],
    })
    await once(child, 'spawn')
    return child
  } catch (error) {
    throw new CoveError('vm.program-unusable', { message: `cannot run "${program}": ${toCoveError(error).message}`, cause: error })
  } finally {
    await output.close()
    await channels.release()
  }
}

/** What comes after the channels. */
function memoryFdOf({ inherited }: Channels): number {
  return 3 + inherited.length
}

/** The environment by which the dynamic linker loads a library first, before those the user wants. */
function withLibrary(env: NodeJS.ProcessEnv, library: string | undefined): NodeJS.ProcessEnv {
  // The list is divided by spaces and colons, and has no way to quote one.
  if (library === undefined || /[\s:]/.test(library)) return env
  return { ...env, LD_PRELOAD: [library, env['LD_PRELOAD']].filter(Boolean).join(':') }
}

async function greet({ log }: Launch, from: { child: ChildProcess; channels: Channels; signal: AbortSignal }): Promise<Omit<Launched, 'fileServers' | 'memoryFd'>> {
  const { child, channels, signal } = from
  const identity = await identifyProcess(child.pid ?? 0)
  if (!identity) throw gone()
  // At once: on Windows QEMU makes its pipes one by one and blocks on each until somebody connects.
  const [monitor, guest, ports] = await Promise.all([channels.connectMonitor(signal), channels.connectControl(signal), channels.connectPorts(signal)])
  const control = new ControlPort(guest, log)
  try {
    const qmp = await QmpClient.open(monitor, { log, ms: startLimitMs, signal })
    await channels.publish()
    return { process: childProcess(child, identity), qmp, control, ports }
  } catch (error) {
    monitor.destroy()
    control[Symbol.dispose]()
    for (const port of ports.values()) port.destroy()
    throw error
  }
}

/** Makes sure that nothing runs on, then tells why: QEMU's words if it ended by itself, else the first cause. */
async function giveUp({ signal, paths, plan }: Launch, child: ChildProcess, error: unknown): Promise<unknown> {
  // Its monitor closes a moment before QEMU is gone; only one that hangs is killed for us to go on.
  const endedAlone = !signal.aborted && (await endOf(child, 2000)) !== undefined
  if (!endedAlone) child.kill('SIGKILL')
  const exit = await endOf(child, 10_000)
  if (!endedAlone) return signal.aborted ? signal.reason : error
  const tail = await bootTail(paths.logs.qemu, 4)
  return startFailure({ code: null, signal: null, ...exit, tail, dataDisk: plan.dataDisk, sshPort: plan.sshPort, memoryMiB: plan.memoryMiB })
}

async function endOf(child: ChildProcess, ms: number): Promise<ProcessExit | undefined> {
  if (child.exitCode === null && child.signalCode === null) {
    await withLimit({ what: 'QEMU to end', ms }, (signal) => once(child, 'exit', { signal })).catch(() => undefined)
  }
  const hasEnded = child.exitCode !== null || child.signalCode !== null
  return hasEnded ? { code: child.exitCode, signal: child.signalCode } : undefined
}

function gone(): CoveError {
  return new CoveError('vm.start-failed', { message: 'QEMU ended at once' })
}
