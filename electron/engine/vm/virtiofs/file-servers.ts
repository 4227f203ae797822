import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type FileHandle, mkdir, open, realpath, rm } from 'node:fs/promises'
import { sep } from 'node:path'
import { withLimit } from '#base/limit.ts'
import type { Logger } from '#base/log.ts'
import type { CovePaths } from '#base/paths.ts'
import { identifyProcess, isSameProcessAlive, type ProcessIdentity } from '#base/process-identity.ts'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { type HandoverSocket, openHandoverSocket } from '../handover-socket.ts'
import { childProcess, foreignProcess, type VmProcess } from '../vm-process.ts'
import { openFilesOf } from './open-files.ts'
import { endLeftServers, lifelineOf, readServers, removeServers, writeServers } from './server-record.ts'
import type { Virtiofsd } from './virtiofsd.ts'
import { virtiofsdCommand } from './virtiofsd-command.ts'
import type { VirtiofsFolder } from './virtiofs-folder.ts'

interface FileServer extends VirtiofsFolder {
  process: VmProcess
}

/** What servers are opened with. */
export interface ServersContext {
  paths: CovePaths
  log: Logger
}

/** How long a killed server may take to be gone. */
const endLimitMs = 5000

/** The virtiofs servers of one vm. They live exactly as long as it does: each ends with QEMU's connection, and is killed after. */
export class FileServers {
  /** Why the vm has not what was asked for. */
  readonly problem: string | null
  readonly #hasDevices: boolean
  readonly #context: ServersContext
  readonly #running = new Map<string, FileServer>()
  readonly #waiting: readonly HandoverSocket[]
  #isVmAlive: () => Promise<boolean> = async () => true
  #onLost: ((lost: VirtiofsFolder) => void) | undefined
  readonly #lost: VirtiofsFolder[]
  #openFiles: number | null = null
  #isOver = false

  constructor(context: ServersContext, { servers = [], lost = [], problem = null, waiting = [] }: { servers?: readonly FileServer[]; lost?: readonly VirtiofsFolder[]; problem?: string | null; waiting?: readonly HandoverSocket[] } = {}) {
    this.#context = context
    this.problem = problem
    this.#hasDevices = servers.length + lost.length > 0
    this.#waiting = waiting
    this.#lost = [...lost]
    for (const server of servers) {
      this.#running.set(server.tag, server)
      void server.process.exited.then(() => this.#onEnd(server))
    }
  }

  /** Why a vm with them cannot be saved; null when it can. */
  get unsavable(): string | null {
    return this.#hasDevices ? 'it has shared folders by virtiofs, which QEMU cannot save (setting share.driver)' : null
  }

  /** Those that are served. */
  get folders(): readonly VirtiofsFolder[] {
    return [...this.#running.values()].map(({ tag, folder }) => ({ tag, folder }))
  }

  /** Their devices, for QEMU's arguments. */
  get devices(): { tag: string; socket: string }[] {
    return this.folders.map(({ tag }, i) => ({ tag, socket: this.#waiting[i]?.path ?? '' }))
  }

  /** How many files each of them may have open; null when that is not known. */
  get openFiles(): number | null {
    return this.#openFiles
  }

  /** Those whose server ended before the vm did. */
  get lost(): readonly VirtiofsFolder[] {
    return this.#lost
  }

  /** Tells of each server that ends while its vm is alive: it ends with QEMU too, and that may be known later than this. */
  watch(isVmAlive: () => Promise<boolean>, onLost: (lost: VirtiofsFolder) => void): void {
    this.#isVmAlive = isVmAlive
    this.#onLost = onLost
  }

  /**
   * QEMU is connected: nobody else is to be.
   * @throws CoveError `vm.start-failed` when a server has ended by now; QEMU does not always mind.
   */
  async connected(): Promise<void> {
    await this.#unlink()
    for (const { folder, process } of this.#running.values()) {
      if (!(await isSameProcessAlive(process.identity))) throw new CoveError('vm.start-failed', { message: `the virtiofs server of "${folder}" ended at once` })
    }
    if (this.#lost.length > 0) throw new CoveError('vm.start-failed', { message: `the virtiofs server of "${this.#lost[0]?.folder ?? ''}" ended at once` })
    await this.learnLimits()
  }

  /** What the system lets them do: they have raised it themselves as far as they may by the time QEMU is connected. */
  async learnLimits(): Promise<void> {
    const [server] = this.#running.values()
    this.#openFiles = server ? await openFilesOf(server.process.identity.pid) : null
  }

  async #unlink(): Promise<void> {
    await Promise.all(this.#waiting.map(({ path }) => rm(path, { force: true })))
  }

  /** Ends every server: its vm is gone. */
  async end(): Promise<void> {
    this.#isOver = true
    const all = [...this.#running.values()]
    await Promise.all(all.map(({ process }) => endOf(process, this.#context.log)))
    await this.#unlink()
    if (this.#hasDevices || this.problem !== null) await removeServers(this.#context.paths)
  }

  /** Lets this program end before its servers do. */
  detach(): void {
    this.#isOver = true
    for (const { process } of this.#running.values()) process.detach()
  }

  async #onEnd({ tag, folder }: FileServer): Promise<void> {
    if (this.#isOver || !(await this.#isVmAlive()) || this.#isOver) return
    this.#running.delete(tag)
    this.#lost.push({ tag, folder })
    this.#context.log.error('the virtiofs server of a shared folder ended', { folder })
    this.#onLost?.({ tag, folder })
  }
}

/**
 * Starts a server for each folder; QEMU connects to them.
 * @throws CoveError `vm.program-unusable` when one does not even start. Nothing is left running.
 */
export async function openFileServers(context: ServersContext, { virtiofsd, folders }: { virtiofsd: Virtiofsd; folders: readonly string[] }): Promise<FileServers> {
  const { paths } = context
  await mkdir(paths.runDir, { recursive: true, mode: 0o700 })
  await endLeftServers(paths)
  const servers: FileServer[] = []
  const waiting: HandoverSocket[] = []
  try {
    for (const [i, folder] of folders.entries()) {
      const socket = await openHandoverSocket(paths.runDir)
      waiting.push(socket)
      const tag = `cove${i}`
      servers.push({ tag, folder, process: await startServer(context, { virtiofsd, folder, socket, tag }) })
      // At once: whoever comes after an engine that ended here finds them.
      await writeServers(paths, { servers, problem: null })
    }
    return new FileServers(context, { servers, waiting })
  } catch (error) {
    await new FileServers(context, { servers, waiting }).end()
    await Promise.all(waiting.map((socket) => socket.discard()))
    throw error
  }
}

/** A vm without servers; `problem` tells why, if it was to have some, also to later engines. */
export async function noFileServers(context: ServersContext, problem: string | null = null): Promise<FileServers> {
  await endLeftServers(context.paths)
  if (problem !== null) await writeServers(context.paths, { servers: [], problem })
  return new FileServers(context, { problem })
}

/** The servers that a former engine left with its vm. */
export async function attachFileServers(context: ServersContext, signal: AbortSignal): Promise<FileServers> {
  const left = await readServers(context.paths)
  const reached = await Promise.all(left.servers.map(async (server) => ({ ...server, process: await reach(context.paths, server, signal) })))
  signal.throwIfAborted()
  const servers = reached.flatMap((server) => (server.process ? [{ ...server, process: server.process }] : []))
  const lost = reached.filter(({ process }) => !process).map(({ tag, folder }) => ({ tag, folder }))
  const found = new FileServers(context, { servers, lost, problem: left.problem })
  await found.learnLimits()
  return found
}

/** Undefined when it has ended. A killed one leaves its lifeline to its child, which ends a moment later. */
async function reach(paths: CovePaths, { tag, process: identity }: { tag: string; process: ProcessIdentity }, signal: AbortSignal): Promise<VmProcess | undefined> {
  if (!(await isSameProcessAlive(identity))) return undefined
  return await foreignProcess(identity, lifelineOf(paths, tag), signal).catch(() => undefined)
}

async function startServer({ paths }: ServersContext, { virtiofsd, folder, socket, tag }: VirtiofsFolder & { virtiofsd: Virtiofsd; socket: HandoverSocket }): Promise<VmProcess> {
  const real = await realpath(folder)
  const home = await realpath(paths.home)
  const hidden = home.startsWith(real === sep ? real : `${real}${sep}`) ? home : undefined
  const { program, args } = virtiofsdCommand({ virtiofsd, folder: real, hidden, user: { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 } })
  const lifeline = await openHandoverSocket(paths.runDir)
  const output: FileHandle = await open(paths.logs.qemu, 'a', 0o600)
  try {
    const child = spawn(program, args, { cwd: '/', detached: true, stdio: [socket.fd, output.fd, output.fd, lifeline.fd] })
    await once(child, 'spawn')
    await lifeline.publish(lifelineOf(paths, tag))
    return await identify(child, folder)
  } catch (error) {
    await lifeline.discard()
    throw error instanceof CoveError ? error : new CoveError('vm.program-unusable', { message: `cannot run "${program}": ${toCoveError(error).message}`, cause: error })
  } finally {
    await output.close()
    await Promise.all([socket.release(), lifeline.release()])
  }
}

async function identify(child: ChildProcess, folder: string): Promise<VmProcess> {
  const identity = await identifyProcess(child.pid ?? 0)
  if (!identity) throw new CoveError('vm.program-unusable', { message: `the virtiofs server of "${folder}" ended at once` })
  child.unref()
  return childProcess(child, identity)
}

async function endOf(process: VmProcess, log: Logger): Promise<void> {
  await process.kill()
  await withLimit({ what: `a virtiofs server (process ${process.identity.pid}) to end after SIGKILL`, ms: endLimitMs }, () => process.exited).catch((error: unknown) => log.warn('a virtiofs server does not end', { error }))
}
