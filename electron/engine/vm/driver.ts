import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Remark } from '#contract/remark.ts'
import type { Logger } from '#base/log.ts'
import type { CovePaths } from '#base/paths.ts'
import type { GuestMessage } from './guest-message.ts'
import type { GuestPort } from './plan.ts'
import type { VirtiofsFolder } from './virtiofs/virtiofs-folder.ts'

/** What a driver can do; ask this, never the driver's name. */
export interface VmFeatures {
  /** Memory can be saved to a file and restored. */
  canSave: boolean
  /** Ports can be added and removed while the vm runs. */
  canHotplugPorts: boolean
  /** Memory the guest frees goes back to the host. */
  canReturnMemory: boolean
}

/** What one vm is started with. Sizes in MiB; everything here survives as the vm record for re-attaching. */
export interface VmSpec {
  cpus: number
  memoryMiB: number
  accelerator: 'auto' | 'kvm' | 'hvf' | 'whpx' | 'tcg'
  /** Why hardware acceleration, left to us to choose, is not to be used: a vm with it did not come up. */
  distrust?: string
  /** QEMU program given by the user; empty means found on PATH. */
  program: string
  image: GuestImage
  /** Size the data disk is made with, or grown to when it is smaller; it never shrinks. */
  dataDiskBytes: number
  /** Host loopback port that reaches the guest's sshd; 0 picks a free one. */
  sshPort: number
  identity: VmIdentity
  /** Further files the guest reads at boot, by their name below fw_cfg's opt/org.cove/. */
  guestFiles: Readonly<Record<string, string>>
  /** Folders of the host to offer by virtiofs where that is possible; a saved vm never has any. */
  virtiofsFolders?: readonly string[]
}

/** A guest image, complete; `recipe` is the hash it is known by. Nothing of it may run before `verified`. */
export interface GuestImage {
  dir: string
  kernel: string
  initrd: string
  root: string
  recipe: string
  kernelVersion: string
  dockerVersion: string
  verified: Promise<void>
}

/** Keys of this install, as OpenSSH text. */
export interface VmIdentity {
  hostPrivateKey: string
  /** `ssh-ed25519 AAAA…` without comment. */
  hostPublicKey: string
  clientPrivateKey: string
  clientPublicKey: string
}

/** A host port that leads into the guest. */
export interface PortForward {
  protocol: 'tcp' | 'udp'
  /** IPv4 address of the host. */
  hostAddress: string
  /** 0 asks for a free one. */
  hostPort: number
  /** Port of the guest's address for published ports. */
  guestPort: number
}

/** A port that something in the guest wants to be reached at from the host. */
export interface PublishedPort {
  /** Counts up as long as the guest runs. */
  id: number
  protocol: 'tcp' | 'udp'
  /** The address and port as the user named them to Docker; IPv4 or IPv6. */
  hostAddress: string
  hostPort: number
  containerAddress: string
  containerPort: number
  /** Where a forward must lead; 0 when none can reach the container. */
  guestPort: number
  /** Docker waits until it is told whether the port is open on the host. */
  isWaiting: boolean
}

/** The way of published ports through a vm. */
export interface VmPorts {
  /** Asks for the ports the guest wants with ids above `after`; the answer comes as a `ports` message. */
  askWanted(after: number): void
  /** Whether the guest is to want ports also for servers that Docker did not publish. */
  followListeners(isOn: boolean): void
  /** Tells the guest whether a port is open on the host, or why not. */
  answer(id: number, problem?: string): void
  /** Opens a host port; the answer holds the one chosen for 0. @throws CoveError `port.refused` with the driver's words. */
  add(forward: PortForward): Promise<PortForward>
  /** Closes a host port; connections that are open live on. One that is not there is no error. */
  remove(forward: PortForward): Promise<void>
  /** What `add` opened, also for a former engine. */
  list(): Promise<PortForward[]>
}

/** A service of the guest that the host has a say in (resources/guest/supervisor/boot.c). */
export type GuestService = 'dockerd'

/** Why a vm does not run on: `io-error` and `no-space` mean the host disk refused a write. */
export type PauseCause = 'no-space' | 'io-error' | 'asked'

/** How a vm ended: `asked` when we stopped it, otherwise the cause with the end of QEMU's and the guest's log. */
export interface VmExit {
  asked: boolean
  code: number | null
  signal: string | null
  reason: string
}

/** Events of a running vm. */
export interface VmEvents {
  guest: [GuestMessage]
  paused: [{ cause: PauseCause }]
  /** The vm runs on: asked to, or by itself because the host disk has room again. */
  resumed: []
  exit: [VmExit]
  /** The server of a folder ended: whatever of it is used in the guest hangs. */
  'virtiofs-lost': [VirtiofsFolder]
}

/** A vm that runs; disposing detaches from it without stopping it. */
export interface Vm extends AsyncDisposable {
  readonly pid: number
  readonly accelerator: string
  /** The guest's processors are software: what real ones have in hardware (AES) is slow there. */
  readonly isEmulated: boolean
  readonly cpus: number
  readonly memoryMiB: number
  readonly startedAt: Date
  /** Host loopback port of the guest's sshd. */
  readonly sshPort: number
  readonly warnings: readonly Remark[]
  readonly ports: VmPorts
  /** The folders it has by virtiofs now, those whose server ended, why it has none although that was asked for, and how many files a server may have open, if that is known. */
  readonly virtiofs: { readonly folders: readonly VirtiofsFolder[]; readonly lost: readonly VirtiofsFolder[]; readonly problem: string | null; readonly openFiles: number | null }
  /** Why its memory cannot be saved; null when it can be tried. */
  readonly unsavable: string | null
  /** Why the vm is paused now (also when it was found so by `attach`), null while it runs. */
  readonly pausedBy: PauseCause | null
  /** Guest messages wait until somebody listens to `guest`: none is lost between `start` and the first `on`. */
  on<E extends keyof VmEvents>(event: E, listener: (...args: VmEvents[E]) => void): void
  off<E extends keyof VmEvents>(event: E, listener: (...args: VmEvents[E]) => void): void
  /** Settled once the process is gone, whoever ended it. */
  readonly exited: Promise<VmExit>
  /** Asks the guest what it has done so far; the answer comes as a `status` message. */
  askGuest(): void
  setGuestClock(epochMs: number): void
  /** Domains the guest's containers try for names without a dot; those already running keep theirs. */
  setSearchDomains(domains: readonly string[]): void
  /** Has a service of the guest started anew, killed when it does not end in its time; `service` messages tell of it. One that is down starts anyway. */
  restartService(name: GuestService): void
  /** Has a service of the guest read its files again, as soon as it is ready. */
  reloadService(name: GuestService): void
  /** Whether anybody may connect to the guest's ports by their paths, also after another did; else `openPort` gives each once. */
  readonly canReopenPorts: boolean
  /**
   * Our end of one of the guest's ports; one at a time, and whoever opens it closes it. What it carries is the guest's word.
   * @throws CoveError `vm.not-running` when it cannot be reached; the signal's reason.
   */
  openPort(port: GuestPort, signal: AbortSignal): Promise<Duplex>
  /** Leads to an sshd of its own in the guest, one at a time (tunnel-port.ts); null where the way is `sshPort`. @throws CoveError `vm.not-running`; Error; the signal's reason. */
  readonly openTunnel: ((options: { signal: AbortSignal; highWaterMark: number }) => Promise<Socket>) | null
  /** Has the guest take the first steps of the next `openTunnel`, as far as they can do without it: a saved vm wakes with them done. @throws the signal's reason. */
  prepareTunnel(signal: AbortSignal): Promise<void>
  /**
   * Asks the guest to power off, waits `graceMs` (5000), then `quit`, then kills. Resolves when the process is gone.
   * Every caller shares one stop; an aborted `signal` ends the patience, not the stop.
   */
  stop(options?: { graceMs?: number; signal?: AbortSignal }): Promise<VmExit>
  pause(): Promise<void>
  resume(): Promise<void>
  /**
   * Saves the memory for `VmDriver.restore` and ends the process: `exited` settles as asked for.
   * @throws CoveError `vm.save-unsupported`, `vm.save-failed`, `disk.no-space` or the signal's reason: the vm runs on and
   * no state is kept, unless `exited` has settled.
   */
  save(options: { note: SavedNote; signal: AbortSignal }): Promise<void>
  /** TCP connections that come from outside through forwarded ports now, the tunnel's left out. */
  countConnections(): Promise<number>
  /** Grows the data disk under the running guest (block_resize). @throws CoveError `disk.invalid-size` when it is larger. */
  resizeDataDisk(bytes: number): Promise<void>
}

/** What its saver wants to know again of a saved vm before it is restored. */
export interface SavedNote {
  /** Containers that were alive. */
  containers: number
  /** Where their published TCP ports listened on the host. */
  ports: readonly { hostAddress: string; hostPort: number }[]
}

/** A vm that sleeps. */
export interface SavedVm {
  savedAt: Date
  /** Size of its saved memory; 0 when it was stopped because it could not be saved. */
  bytes: number
  note: SavedNote
}

/** What a driver works with. */
export interface DriverContext {
  paths: CovePaths
  log: Logger
  /** A library that QEMU loads first. */
  library?: string | undefined
}

/** Runs vms of one kind. */
export interface VmDriver {
  readonly features: VmFeatures
  /**
   * Starts a vm; resolves once its process runs and its monitor answers (long before the guest is ready).
   * @throws CoveError `vm.program-missing`, `vm.program-unusable`, `vm.start-failed`, `disk.*`.
   */
  start(spec: VmSpec, signal: AbortSignal): Promise<Vm>
  /** The vm a former engine left running, or undefined (stale records and sockets are cleaned away). @throws CoveError `vm.start-failed` when it runs but cannot be reached any more. */
  attach(signal: AbortSignal): Promise<Vm | undefined>
  /** The vm that sleeps in this home; undefined when none does or what is there is not whole. */
  saved(): Promise<SavedVm | undefined>
  /** Makes the home one of a sleeping vm whose memory was not saved: to wake is to boot. */
  saveNothing(note: SavedNote): Promise<void>
  /**
   * Starts the saved vm where it was. The saved memory is gone as soon as the vm runs on: loaded twice it would destroy the disk.
   * `unfit` tells why it could not be used and was discarded; then a start boots, and nothing on the disk is lost.
   * @throws CoveError as `start` does, or the signal's reason; then the saved memory is kept.
   */
  restore(spec: VmSpec, signal: AbortSignal): Promise<{ vm: Vm } | { unfit: string }>
  /** Removes a saved vm, if there is one. */
  discardSaved(): Promise<void>
}
