import { EventEmitter } from 'node:events'
import { PassThrough, type Duplex } from 'node:stream'
import { remark } from '#contract/remark.ts'
import { guestSteps } from '#engine/life/boot-steps.ts'
import type { Tunnel, TunnelEvents } from '#engine/tunnel/tunnel.ts'
import type { PauseCause, SavedNote, Vm, VmEvents, VmExit, VmPorts } from '#engine/vm/driver.ts'

/** What happens on demand in a life of fakes: each gate holds its step until it is opened, fails it, or never ends. */
export class Gate {
  readonly #done = Promise.withResolvers<void>()
  readonly #reached = Promise.withResolvers<void>()
  /** Resolves when somebody waits at the gate. */
  readonly reached = this.#reached.promise

  open(): void {
    this.#done.resolve()
  }

  fail(error: Error): void {
    this.#done.promise.catch(() => undefined)
    this.#done.reject(error)
  }

  /** Passes when opened; obeys the signal unless told to be deaf to it. */
  async pass(signal?: AbortSignal, isDeaf = false): Promise<void> {
    this.#reached.resolve()
    if (!signal || isDeaf) return this.#done.promise
    signal.throwIfAborted()
    const aborted = Promise.withResolvers<never>()
    const onAbort = (): void => aborted.reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    await Promise.race([this.#done.promise, aborted.promise]).finally(() => signal.removeEventListener('abort', onAbort))
  }
}

/** A vm without QEMU; tells its boot like the real one when asked. */
export class FakeVm implements Vm {
  readonly accelerator = 'tcg'
  isEmulated = true
  readonly cpus = 2
  readonly memoryMiB = 2048
  readonly startedAt = new Date(0)
  readonly sshPort = 2222
  readonly openTunnel = null
  readonly canReopenPorts: boolean = true
  readonly warnings = [remark('acceleration.missing', 'slow', {})]
  readonly ports: VmPorts = {
    askWanted: () => undefined,
    followListeners: () => undefined,
    answer: () => undefined,
    add: async (forward) => forward,
    remove: async () => undefined,
    list: async () => [],
  }
  virtiofs: Vm['virtiofs'] = { folders: [], lost: [], problem: null, openFiles: null }
  unsavable: string | null = null
  pausedBy: PauseCause | null = null
  isRunning = true
  disposals = 0
  stops = 0
  clock: number | undefined
  /** Steps the guest has done; askGuest tells them. */
  steps: string[] = [...guestSteps]
  saves = 0
  /** Holds save() until opened. */
  saveGate: Gate | undefined
  /** Told what is kept, once it is whole. */
  onSaved: (note: SavedNote) => void = () => undefined
  /** Holds stop() until opened. */
  stopGate: Gate | undefined
  readonly #events = new EventEmitter<VmEvents>()
  readonly #exited = Promise.withResolvers<VmExit>()
  readonly exited = this.#exited.promise

  readonly pid: number

  constructor(pid: number) {
    this.pid = pid
  }

  on<E extends keyof VmEvents>(event: E, listener: (...args: VmEvents[E]) => void): void {
    this.#events.on(event, listener as never)
  }
  off<E extends keyof VmEvents>(event: E, listener: (...args: VmEvents[E]) => void): void {
    this.#events.off(event, listener as never)
  }
  tell<E extends keyof VmEvents>(event: E, ...args: VmEvents[E]): void {
    this.#events.emit(event, ...(args as never))
  }
  /** Listeners of all events: none may be left. */
  get listeners(): number {
    return this.#events.eventNames().reduce((sum, name) => sum + this.#events.listenerCount(name), 0)
  }
  askGuest(): void {
    queueMicrotask(() => this.steps.forEach((name, i) => this.tell('guest', { type: 'step', name, uptimeMs: i })))
  }
  setGuestClock(epochMs: number): void {
    this.clock = epochMs
  }
  exit(asked = false, reason = 'QEMU was killed', signal: string | null = null): void {
    if (!this.isRunning) return
    this.isRunning = false
    const exit = { asked, code: null, signal, reason }
    this.#exited.resolve(exit)
    if (this.disposals === 0) this.tell('exit', exit)
  }
  prepared = 0
  /** What the guest does when the next tunnel is to be prepared. */
  onPrepare: (signal: AbortSignal) => Promise<void> = async () => undefined
  async prepareTunnel(signal: AbortSignal): Promise<void> {
    this.prepared++
    await this.onPrepare(signal)
  }
  setSearchDomains(): void {}
  restartService(): void {}
  reloadService(): void {}
  async openPort(): Promise<Duplex> {
    return new PassThrough()
  }
  async stop(): Promise<VmExit> {
    this.stops++
    if (this.disposals > 0) throw new Error('stop after dispose')
    await this.stopGate?.pass()
    this.exit(true, 'asked')
    return this.exited
  }
  async pause(): Promise<void> {}
  async resume(): Promise<void> {}
  async save({ note, signal }: { note: SavedNote; signal: AbortSignal }): Promise<void> {
    this.saves++
    await this.saveGate?.pass(signal)
    this.onSaved(note)
    this.exit(true, 'saved')
  }
  connections = 0
  async countConnections(): Promise<number> {
    return this.connections
  }
  async resizeDataDisk(): Promise<void> {}
  async [Symbol.asyncDispose](): Promise<void> {
    this.disposals++
  }
}

/** A tunnel that is up at once unless its gate says otherwise. */
export class FakeTunnel implements Tunnel {
  readonly isUp = true
  disposals = 0
  nudges = 0
  sockets = 0
  readonly #events = new EventEmitter<TunnelEvents>()

  readonly gate: Gate | undefined

  constructor(gate: Gate | undefined) {
    this.gate = gate
  }

  nudge(): void {
    this.nudges++
  }
  reset(): void {}
  on<E extends keyof TunnelEvents>(event: E, listener: (...args: TunnelEvents[E]) => void): void {
    this.#events.on(event, listener as never)
  }
  off<E extends keyof TunnelEvents>(event: E, listener: (...args: TunnelEvents[E]) => void): void {
    this.#events.off(event, listener as never)
  }
  get listeners(): number {
    return this.#events.eventNames().reduce((sum, name) => sum + this.#events.listenerCount(name), 0)
  }
  async ready(signal: AbortSignal): Promise<void> {
    await this.gate?.pass(signal)
  }
  async openSocket(): Promise<Duplex> {
    this.sockets++
    return new PassThrough()
  }
  run(): never {
    throw new Error('not in this test')
  }
  /** Commands the guest ran. */
  readonly captured: string[] = []
  /** Holds capture() until opened. */
  captureGate: Gate | undefined
  async capture(command: string, signal?: AbortSignal): Promise<string> {
    this.captured.push(command)
    await this.captureGate?.pass(signal)
    return ''
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.disposals++
  }
}
