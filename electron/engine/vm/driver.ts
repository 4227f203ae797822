import type { Logger } from '#base/log.ts'
import type { CovePaths } from '#base/paths.ts'

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
  /** Largest size the data disk may grow to, in GiB; an existing larger disk is never shrunk. */
  diskGiB: number
  accelerator: 'auto' | 'kvm' | 'hvf' | 'whpx' | 'tcg'
  /** QEMU program given by the user; empty means found on PATH. */
  program: string
  image: GuestImage
  /** Host loopback port that reaches the guest's sshd; 0 picks a free one. */
  sshPort: number
  identity: VmIdentity
}

/** A verified guest image, ready to boot. */
export interface GuestImage {
  dir: string
  kernel: string
  initrd: string
  root: string
  /** The recipe hash, for `cove version` and doctor. */
  recipe: string
  kernelVersion: string
  dockerVersion: string
}

/** Keys of this install, as OpenSSH text. */
export interface VmIdentity {
  hostPrivateKey: string
  /** `ssh-ed25519 AAAA…` without comment. */
  hostPublicKey: string
  clientPrivateKey: string
  clientPublicKey: string
}

/** Messages of the guest on its control port (resources/guest/README.md). */
export type GuestMessage =
  | { type: 'step'; name: string; uptimeMs: number }
  | { type: 'ready'; uptimeMs: number }
  | { type: 'service'; name: string; state: 'running' | 'exited'; pid?: number; code?: number; signal?: number; restarts?: number }
  | { type: 'failed'; step: string; message: string }
  | { type: 'status'; ready: boolean; steps: Record<string, number>; services: Record<string, unknown> }

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
  /** The vm paused itself or went on: `io-error` and `no-space` mean the host disk refused a write. */
  paused: [{ cause: 'no-space' | 'io-error' | 'asked' }]
  resumed: []
  exit: [VmExit]
}

/** A vm that runs; disposing detaches from it without stopping it. */
export interface Vm extends AsyncDisposable {
  readonly pid: number
  readonly accelerator: string
  readonly cpus: number
  readonly memoryMiB: number
  readonly startedAt: Date
  /** Host loopback port of the guest's sshd. */
  readonly sshPort: number
  readonly warnings: readonly string[]
  on<E extends keyof VmEvents>(event: E, listener: (...args: VmEvents[E]) => void): void
  off<E extends keyof VmEvents>(event: E, listener: (...args: VmEvents[E]) => void): void
  /** Settled once the process is gone, whoever ended it. */
  readonly exited: Promise<VmExit>
  /** Asks the guest what it has done so far; the answer comes as a `status` message. */
  askGuest(): void
  setGuestClock(epochMs: number): void
  /** Asks the guest to power off, waits `graceMs`, then `quit`, then kills. Resolves when the process is gone. */
  stop(options?: { graceMs?: number; signal?: AbortSignal }): Promise<VmExit>
  pause(): Promise<void>
  resume(): Promise<void>
  /** Tells QEMU that the data disk file grew to this many bytes (block_resize). */
  resizeDataDisk(bytes: number): Promise<void>
}

/** What a driver works with. */
export interface DriverContext {
  paths: CovePaths
  log: Logger
}

/** Runs vms of one kind. */
export interface VmDriver {
  readonly features: VmFeatures
  /**
   * Starts a vm; resolves once its process runs and its monitor answers (long before the guest is ready).
   * @throws CoveError `vm.program-missing`, `vm.program-unusable`, `vm.start-failed`, `disk.*`.
   */
  start(spec: VmSpec, signal: AbortSignal): Promise<Vm>
  /** The vm a former engine left running, or undefined (stale records are cleaned away). */
  attach(signal: AbortSignal): Promise<Vm | undefined>
}
