import type { Duplex } from 'node:stream'
import type { Logger } from '#base/log.ts'
import type { CovePaths } from '#base/paths.ts'
import type { Settings } from '#contract/setting.ts'
import type { DockerClient, DockerVersion } from '../docker/docker-client.ts'
import type { Store } from '../store/store.ts'
import type { Tunnel, TunnelTarget } from '../tunnel/tunnel.ts'
import type { GuestImage, SavedNote, Vm, VmDriver, VmIdentity } from '../vm/driver.ts'

/** What the vm's life is made of; engine.ts hands it in so that life/ composes nothing itself. */
export interface LifeParts {
  paths: CovePaths
  log: Logger
  store: Pick<Store, 'addEvent' | 'startTask'>
  driver: VmDriver
  settings: () => Settings
  openImage: (signal: AbortSignal) => Promise<GuestImage>
  openIdentity: () => Promise<VmIdentity>
  /** Further files for the guest to read at boot, by name. */
  guestFiles: () => Promise<Record<string, string>>
  /** Folders that the next vm is to have by virtiofs. */
  virtiofsFolders: () => readonly string[]
  openTunnel: (target: TunnelTarget) => Tunnel
  createDocker: (openSocket: (signal?: AbortSignal) => Promise<Duplex>) => DockerClient
  /** The TCP ports that containers have open on this computer now. */
  publishedPorts: () => Promise<SavedNote['ports']>
  /** In the order they join; they leave in the opposite one. */
  companions: readonly Companion[]
}

/** Something that accompanies every vm that runs (ports, shares, …); what it opens is closed with the session, before the vm is let go. */
export interface Companion {
  readonly name: string
  /** Joins before the guest's boot steps are awaited: for what the boot itself needs. */
  joinVm?(vm: Vm, signal: AbortSignal): Promise<AsyncDisposable>
  /** Joins once Docker answers, before the state becomes `running`: it delays every start. A throw fails the start. */
  joinSession?(session: Session, signal: AbortSignal): Promise<AsyncDisposable>
}

/** A vm that serves Docker, with all that was opened to reach it. */
export interface Session extends AsyncDisposable {
  readonly vm: Vm
  readonly tunnel: Tunnel
  readonly docker: DockerClient
  /** What Docker said of itself when the session began. */
  readonly version: DockerVersion
  /** Lets go of everything but the vm, which disposing would let go as well. */
  release(): Promise<void>
}

/** Where Docker listens in the guest. */
export const guestDockerSocket = '/var/run/docker.sock'
