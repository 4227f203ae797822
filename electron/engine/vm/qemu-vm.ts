import { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import type { Logger } from '#base/log.ts'
import type { CovePaths } from '#base/paths.ts'
import { CoveError } from '#contract/errors.ts'
import { bootTail, keepCapped, lastWords } from './boot-log.ts'
import { connectToPort, removeSockets } from './channels.ts'
import type { ControlPort } from './control.ts'
import { dataDiskCapacity, shrinking } from './data-disk.ts'
import type { GuestService, PauseCause, SavedNote, Vm, VmEvents, VmExit, VmPorts } from './driver.ts'
import { describeExit } from './exit-reason.ts'
import { dataNode, type GuestPort } from './plan.ts'
import { monitorPorts } from './port-forward.ts'
import { QemuEnd } from './qemu-end.ts'
import type { QmpClient, QmpEvent } from './qmp.ts'
import { commitSave, saveMemory, unsupported } from './save.ts'
import { Standstill } from './standstill.ts'
import { prepareTunnelPort, tunnelOpener } from './tunnel-port.ts'
import { countIncoming } from './user-network.ts'
import type { FileServers } from './virtiofs/file-servers.ts'
import type { ProcessExit, VmProcess } from './vm-process.ts'
import { removeVmRecord, type VmRecord } from './vm-record.ts'

/** The parts of a running QEMU. */
export interface QemuParts {
  record: VmRecord
  process: VmProcess
  /** Missing when the monitor lets nobody in any more (Windows after the engine died). */
  qmp: QmpClient | undefined
  control: ControlPort | undefined
  /** Those connected already. */
  ports: Map<GuestPort, Duplex>
  fileServers: FileServers
  paths: CovePaths
  log: Logger
  /** Why the vm was found paused. */
  pausedBy: PauseCause | null
  /** What its start left to do, and does; never rejects. */
  aftermath?: Promise<void>
}

/** A vm run by QEMU. */
export class QemuVm implements Vm {
  readonly exited: Promise<VmExit>
  readonly startedAt: Date
  readonly ports: VmPorts
  readonly virtiofs: Vm['virtiofs']
  readonly unsavable: string | null
  readonly cpus: number
  readonly memoryMiB: number
  readonly sshPort: number
  readonly openTunnel: Vm['openTunnel']
  /** QEMU's pipes on Windows take one client, once (channels.ts). */
  readonly canReopenPorts = process.platform !== 'win32'
  readonly #parts: QemuParts
  readonly #events = new EventEmitter<VmEvents>()
  readonly #exited = Promise.withResolvers<VmExit>()
  readonly #end: QemuEnd
  readonly #logCaps: Disposable
  readonly #standstill: Standstill
  #shutdown: string | undefined
  #hears = false
  #ended: VmExit | undefined
  #isDetached = false

  constructor(parts: QemuParts) {
    this.#parts = parts
    this.virtiofs = parts.fileServers
    this.unsavable = parts.fileServers.unsavable
    this.cpus = parts.record.cpus
    this.memoryMiB = parts.record.memoryMiB
    this.sshPort = parts.record.sshPort
    this.openTunnel = tunnelOpener(parts, this)
    this.exited = this.#exited.promise
    this.#end = new QemuEnd({ ...parts, exited: this.exited })
    this.ports = monitorPorts(() => this.#monitor(), parts.control)
    this.startedAt = new Date(parts.record.startedAt)
    this.#logCaps = keepCapped([parts.paths.logs.guest, parts.paths.logs.qemu], parts.log)
    this.#standstill = this.#watchStandstill(parts)
    parts.qmp?.onEvent((event) => this.#onQmpEvent(event))
    parts.fileServers.watch(async () => (await parts.qmp?.answers()) ?? true, (folder) => this.#events.emit('virtiofs-lost', folder))
    void parts.process.exited.then((exit) => this.#onExit(exit))
  }

  get pid(): number {
    return this.#parts.process.identity.pid
  }
  get accelerator(): string {
    return this.#parts.record.accelerator
  }
  get isEmulated(): boolean {
    return this.accelerator === 'tcg'
  }
  get warnings(): Vm['warnings'] {
    return this.#parts.record.warnings
  }
  get pausedBy(): PauseCause | null {
    return this.#standstill.cause
  }
  on<E extends keyof VmEvents>(event: E, listener: (...args: VmEvents[E]) => void): void {
    this.#emitterOf(event).on(event, listener)
    if (event === 'guest') this.#hear()
    // A guest can be gone before its starter had a chance to listen.
    else if (event === 'exit' && this.#ended) queueMicrotask(() => (listener as (exit: VmExit) => void)(this.#ended as VmExit))
  }

  off<E extends keyof VmEvents>(event: E, listener: (...args: VmEvents[E]) => void): void {
    this.#emitterOf(event).off(event, listener)
  }

  askGuest(): void {
    this.#parts.control?.askStatus()
  }
  setGuestClock(epochMs: number): void {
    this.#parts.control?.setClock(epochMs)
  }
  setSearchDomains(domains: readonly string[]): void {
    this.#parts.control?.setSearchDomains(domains)
  }
  restartService(name: GuestService): void {
    this.#parts.control?.restartService(name)
  }
  reloadService(name: GuestService): void {
    this.#parts.control?.reloadService(name)
  }
  async prepareTunnel(signal: AbortSignal): Promise<void> {
    const { control } = this.#parts
    if (this.openTunnel && control) await prepareTunnelPort({ ask: () => control.prepareTunnel(), vm: this }, signal)
  }
  async openPort(port: GuestPort, signal: AbortSignal): Promise<Duplex> {
    const { ports, paths } = this.#parts
    const connected = ports.get(port)
    ports.delete(port)
    return connected && !connected.destroyed ? connected : await connectToPort(paths, port, { signal })
  }

  async stop(options: { graceMs?: number; signal?: AbortSignal } = {}): Promise<VmExit> {
    const { graceMs = 5000, signal } = options
    const hurry = (): void => this.#end.hurry()
    if (signal?.aborted) hurry()
    signal?.addEventListener('abort', hurry, { once: true })
    return await this.#end.stop(graceMs, this.pausedBy !== null).finally(() => signal?.removeEventListener('abort', hurry))
  }

  async pause(): Promise<void> {
    await this.#monitor().execute('stop')
  }
  async resume(): Promise<void> {
    await this.#monitor().execute('cont')
  }

  async save({ note, signal }: { note: SavedNote; signal: AbortSignal }): Promise<void> {
    const { record, paths, log } = this.#parts
    if (this.unsavable !== null) throw unsupported(this.unsavable)
    if (this.pausedBy !== null) throw new CoveError('vm.save-failed', { message: `the vm is paused (${this.pausedBy}) and cannot be saved`, hint: 'See: cove status' })
    await this.#parts.aftermath
    const memory = await saveMemory({ qmp: this.#monitor(), record, paths, log, signal })
    await this.#end.quit()
    await commitSave({ record, paths }, { memory, note })
  }

  /** Ends QEMU at once, as if its plug were pulled. */
  async kill(): Promise<VmExit> {
    return await this.#end.kill()
  }

  async countConnections(): Promise<number> {
    return countIncoming(String(await this.#monitor().execute('human-monitor-command', { 'command-line': 'info usernet' })))
  }

  async resizeDataDisk(bytes: number): Promise<void> {
    const present = (await dataDiskCapacity(this.#parts.paths.dataDisk)) ?? 0
    if (bytes < present) throw shrinking(bytes, present)
    await this.#monitor().execute('block_resize', { 'node-name': dataNode, size: bytes }, 30_000)
  }

  /** Lets go of the vm, which runs on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDetached = true
    await this.#parts.aftermath
    this.#release()
    this.#parts.process.detach()
    this.#parts.fileServers.detach()
  }

  #hear(): void {
    if (this.#hears) return
    this.#hears = true
    this.#parts.control?.listen((message) => this.#events.emit('guest', message))
  }

  #watchStandstill({ process, paths, log, pausedBy }: QemuParts): Standstill {
    const onPaused = (cause: PauseCause): void => void this.#events.emit('paused', { cause })
    const onResumed = (): void => void this.#events.emit('resumed')
    return new Standstill({ monitor: () => this.#monitor(), process, dataDisk: paths.dataDisk, log, onPaused, onResumed }, pausedBy)
  }

  #onQmpEvent(event: QmpEvent): void {
    if (event.name === 'SHUTDOWN') this.#shutdown = String(event.data['reason'])
    else this.#standstill.hear(event)
  }

  async #onExit(exit: ProcessExit): Promise<void> {
    if (this.#isDetached) return
    const { paths, record, log, fileServers, aftermath } = this.#parts
    this.#release()
    await Promise.all([fileServers.end(), aftermath])
    const [qemuTail, guestTail] = await Promise.all([bootTail(paths.logs.qemu, 4), lastWords(paths.logs.guest, 6)])
    const asked = this.#end.isAsked
    const broken = this.#standstill.isBroken ? this.accelerator : undefined
    const reason = describeExit({ ...exit, asked, broken, shutdown: this.#shutdown, qemuTail, guestTail })
    if (await removeVmRecord(paths.vmRecord, record)) await removeSockets(paths)
    log.info('the vm ended', { pid: this.pid, asked, code: exit.code, signal: exit.signal, reason })
    this.#ended = { asked, ...exit, reason }
    this.#exited.resolve(this.#ended)
    this.#events.emit('exit', this.#ended)
  }

  #release(): void {
    this.#standstill[Symbol.dispose]()
    this.#logCaps[Symbol.dispose]()
    this.#parts.qmp?.[Symbol.dispose]()
    this.#parts.control?.[Symbol.dispose]()
    for (const port of this.#parts.ports.values()) port.destroy()
  }

  #monitor(): QmpClient {
    if (this.#parts.qmp) return this.#parts.qmp
    throw new CoveError('vm.not-running', { message: "QEMU's monitor lets nobody in any more", hint: 'Restart the vm: cove restart' })
  }

  /** EventEmitter's own generics cannot follow ours from name to arguments. */
  #emitterOf<E extends keyof VmEvents>(_event: E): { on(event: E, listener: (...args: VmEvents[E]) => void): void; off(event: E, listener: (...args: VmEvents[E]) => void): void } {
    return this.#events as never
  }
}
