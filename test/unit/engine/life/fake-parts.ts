import { Settings } from '#contract/setting.ts'
import { silentLogger } from '#base/log.ts'
import { covePaths } from '#base/paths.ts'
import type { DockerClient } from '#engine/docker/docker-client.ts'
import type { LiveDocker } from '#engine/docker/live-docker.ts'
import { Machine } from '#engine/life/machine.ts'
import type { Companion, LifeParts } from '#engine/life/parts.ts'
import type { SavedVm, VmSpec } from '#engine/vm/driver.ts'
import { VmLife } from '#engine/life/vm-life.ts'
import { FakeContainers } from './fake-live.ts'
import { FakeTunnel, FakeVm, type Gate } from './fake-vm.ts'

/** Everything a life of fakes opened, and the gates that hold its steps. */
export class FakeParts {
  readonly vms: FakeVm[] = []
  /** What the user has set. */
  readonly settings: Partial<Settings> = {}
  /** What each was started with. */
  readonly specs: VmSpec[] = []
  readonly tunnels: FakeTunnel[] = []
  readonly dockers: { disposals: number }[] = []
  readonly gates: { image?: Gate; start?: Gate; attach?: Gate; tunnel?: Gate; docker?: Gate; restore?: Gate } = {}
  /** Whether driver.start ignores its signal, as no driver should. */
  isDriverDeaf = false
  /** What the next vm is told before it is handed out. */
  onVm: (vm: FakeVm) => void = () => undefined
  /** What joins each vm and session. */
  readonly companions: Companion[] = []
  readonly features = { canSave: true, canHotplugPorts: false, canReturnMemory: false }
  /** The vm that sleeps. */
  saved: SavedVm | undefined
  /** Why the driver cannot use what was saved. */
  unfit: string | undefined
  /** What runs in Docker. */
  readonly containers = new FakeContainers()
  /** A client to use instead of the fake Docker of which only `containers` is there. */
  openDocker: (() => DockerClient) | undefined
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
    vm.onSaved = (note) => (this.saved = { savedAt: new Date(0), bytes: 1, note })
    this.onVm(vm)
    return vm
  }

  #parts(): LifeParts {
    return {
      paths: covePaths('/h'),
      log: silentLogger,
      store: this.#store(),
      settings: () => Settings.parse(this.settings),
      openImage: async (signal) => {
        await this.gates.image?.pass(signal)
        return { dir: '', kernel: '', initrd: '', root: '', recipe: '', kernelVersion: '', dockerVersion: '', verified: Promise.resolve() }
      },
      guestFiles: async () => ({}),
      virtiofsFolders: () => [],
      openIdentity: async () => ({ hostPrivateKey: '', hostPublicKey: '', clientPrivateKey: '', clientPublicKey: '' }),
      driver: {
        features: this.features,
        start: async (spec, signal) => {
          this.specs.push(spec)
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
        saved: async () => this.saved,
        saveNothing: async (note) => void (this.saved = { savedAt: new Date(0), bytes: 0, note }),
        restore: async (_spec, signal) => {
          await this.gates.restore?.pass(signal)
          const unfit = this.saved?.bytes === 0 ? 'it was not saved with its memory' : this.unfit
          this.saved = undefined
          return unfit === undefined ? { vm: this.#newVm() } : { unfit }
        },
        discardSaved: async () => void (this.saved = undefined),
      },
      openTunnel: () => {
        const tunnel = new FakeTunnel(this.gates.tunnel)
        this.tunnels.push(tunnel)
        return tunnel
      },
      createDocker: () => this.openDocker?.() ?? this.#docker(),
      publishedPorts: async () => [{ hostAddress: '127.0.0.1', hostPort: 8080 }],
      companions: this.companions,
    }
  }

  #docker(): DockerClient {
    const docker = { disposals: 0 }
    this.dockers.push(docker)
    let live: LiveDocker | undefined
    const open = (): LiveDocker => (live ??= this.containers.open())
    return {
      get live() {
        return open()
      },
      ping: async (signal) => {
        await this.gates.docker?.pass(signal)
        return undefined
      },
      version: async () => ({ version: '28.5.2', apiVersion: '1.51' }),
      info: () => Promise.reject(new Error('not in this test')),
      send: () => Promise.reject(new Error('not in this test')),
      hijack: () => Promise.reject(new Error('not in this test')),
      [Symbol.dispose]: () => {
        live?.[Symbol.dispose]()
        docker.disposals++
      },
    }
  }

  #store(): LifeParts['store'] {
    return {
      addEvent: (kind) => void this.events.push(kind),
      startTask: (name) => ({ id: undefined, end: (outcome) => void this.tasks.push(`${name} ${outcome}`) }),
    }
  }
}
