import { EventEmitter } from 'node:events'
import { PassThrough, type Duplex } from 'node:stream'
import { Settings } from '#contract/setting.ts'
import { silentLogger } from '#base/log.ts'
import { covePaths } from '#base/paths.ts'
import type { DockerClient } from '#engine/docker/docker-client.ts'
import { guestSteps } from '#engine/life/boot-steps.ts'
import { Machine } from '#engine/life/machine.ts'
import type { LifeParts } from '#engine/life/parts.ts'
import { VmLife } from '#engine/life/vm-life.ts'
import type { Store } from '#engine/store/store.ts'
import type { Tunnel, TunnelEvents } from '#engine/tunnel/tunnel.ts'
import type { PauseCause, Vm, VmEvents, VmExit } from '#engine/vm/driver.ts'

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
  readonly cpus = 2
  readonly memoryMiB = 2048
  readonly startedAt = new Date(0)
  readonly sshPort = 2222
  readonly warnings = ['slow']
  pausedBy: PauseCause | null = null
  isRunning = true
  disposals = 0
  stops = 0
  clock: number | undefined
  /** Steps the guest has done; askGuest tells them. */
  steps: string[] = [...guestSteps]
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
  exit(asked = false, reason = 'QEMU was killed'): void {
    if (!this.isRunning) return
    this.isRunning = false
    const exit = { asked, code: null, signal: null, reason }
    this.#exited.resolve(exit)
    if (this.disposals === 0) this.tell('exit', exit)
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
  capture(): never {
    throw new Error('not in this test')
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.disposals++
  }
}

/** Everything a life of fakes opened, and the gates that hold its steps. */
export class FakeParts {
  readonly vms: FakeVm[] = []
  readonly tunnels: FakeTunnel[] = []
  readonly dockers: { disposals: number }[] = []
  readonly gates: { image?: Gate; start?: Gate; attach?: Gate; tunnel?: Gate; docker?: Gate } = {}
  /** Whether driver.start ignores its signal, as no driver should. */
  isDriverDeaf = false
  /** What the next vm is told before it is handed out. */
  onVm: (vm: FakeVm) => void = () => undefined
  /** The vm a former engine left. */
  left: FakeVm | undefined
  readonly events: string[] = []
  readonly tasks: string[] = []
  readonly states: string[] = []
  readonly machine = new Machine('/h/docker.sock')
  readonly life: VmLife

  constructor() {
    this.life = new VmLife(this.#parts(), this.machine)
    this.machine.onChange(({ state }) => this.states.at(-1) === state || this.states.push(state))
  }

  get vm(): FakeVm {
    const vm = this.vms.at(-1)
    if (!vm) throw new Error('no vm was started')
    return vm
  }

  #newVm(): FakeVm {
    const vm = new FakeVm(1000 + this.vms.length)
    this.vms.push(vm)
    this.onVm(vm)
    return vm
  }

  #parts(): LifeParts {
    return {
      paths: covePaths('/h'),
      log: silentLogger,
      store: this.#store(),
      settings: () => Settings.parse({}),
      openImage: async (signal) => {
        await this.gates.image?.pass(signal)
        return { dir: '', kernel: '', initrd: '', root: '', recipe: '', kernelVersion: '', dockerVersion: '' }
      },
      openIdentity: async () => ({ hostPrivateKey: '', hostPublicKey: '', clientPrivateKey: '', clientPublicKey: '' }),
      driver: {
        features: { canSave: false, canHotplugPorts: false, canReturnMemory: false },
        start: async (_spec, signal) => {
          if (this.vms.some((vm) => vm.isRunning) || this.left?.isRunning) throw new Error('a second vm on the same disk')
          await this.gates.start?.pass(signal, this.isDriverDeaf)
          return this.#newVm()
        },
        attach: async (signal) => {
          await this.gates.attach?.pass(signal)
          const found = this.left?.isRunning ? this.left : this.vms.find((vm) => vm.isRunning)
          if (!found) return undefined
          // A second handle on the same process, as a new engine would get.
          if (this.left === found) this.vms.push(found)
          return found
        },
      },
      openTunnel: () => {
        const tunnel = new FakeTunnel(this.gates.tunnel)
        this.tunnels.push(tunnel)
        return tunnel
      },
      createDocker: () => this.#docker(),
    }
  }

  #docker(): DockerClient {
    const docker = { disposals: 0 }
    this.dockers.push(docker)
    return {
      ping: async (signal) => this.gates.docker?.pass(signal),
      version: async () => ({ version: '28.5.2', apiVersion: '1.51' }),
      info: () => Promise.reject(new Error('not in this test')),
      [Symbol.dispose]: () => void docker.disposals++,
    }
  }

  #store(): Store {
    return {
      warning: undefined,
      addEvent: (kind) => void this.events.push(kind),
      events: () => [],
      watchEvents: async function* () {},
      startTask: (name) => ({ end: (outcome) => void this.tasks.push(`${name} ${outcome}`) }),
      tasks: () => [],
      [Symbol.dispose]: () => undefined,
    }
  }
}
