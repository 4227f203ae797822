import { createHash } from 'node:crypto'
import type { Logger } from '#base/log.ts'
import { DockerObjects } from '../docker/docker-objects.ts'
import type { Session } from '../life/parts.ts'
import { GuestVolumes } from './guest-volumes.ts'
import { removeHelpers, VolumeReach } from './volume-reach.ts'
import type { DockerPresent } from './import-plan.ts'
import type { VolumeTarget } from './import-volume.ts'
import type { TransferJournal } from './journal.ts'

/** What a transfer needs beside the session. */
export interface SiteOptions {
  /** Marks helpers as this Cove's. */
  owner: string
  signal: AbortSignal
  journal: TransferJournal
  log: Logger
}

const tidyMs = 2 * 60_000

/** The vm's Docker as a transfer uses it; disposing removes what it made for itself, cancelled or not. */
export class Site implements AsyncDisposable {
  readonly docker: DockerObjects
  readonly reach: VolumeReach
  readonly #session: Session
  readonly #options: SiteOptions

  constructor(session: Session, options: SiteOptions) {
    this.#session = session
    this.#options = options
    this.docker = new DockerObjects(session.docker.send, options.signal)
    this.reach = new VolumeReach({ docker: this.docker, owner: options.owner })
  }

  get target(): VolumeTarget {
    const { journal, signal } = this.#options
    return { docker: this.docker, reach: this.reach, guest: new GuestVolumes(this.#session.tunnel), journal, signal }
  }

  /** What there is now; who only looks does not have contents compared, for which helpers are made. */
  async present({ isLook }: { isLook: boolean }): Promise<DockerPresent> {
    const { docker } = this
    const [volumes, networks, origins, info] = await Promise.all([docker.volumes(), docker.networks(), this.target.guest.origins(), docker.info()])
    const architecture = { x86_64: 'amd64', aarch64: 'arm64' }[info.Architecture] ?? info.Architecture
    const digest = isLook ? {} : { digestOf: (volume: string) => this.#digest(volume) }
    return { docker, volumes: new Map(volumes.map((volume) => [volume.Name, volume])), networks, origins, architecture, ...digest }
  }

  async #digest(volume: string): Promise<string> {
    const hash = createHash('sha256')
    for await (const chunk of this.reach.read(volume)) hash.update(chunk)
    return `sha256:${hash.digest('hex')}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.reach.isUsed || this.#options.journal.exists) await tidyUp(this.#session, { ...this.#options, signal: AbortSignal.timeout(tidyMs) })
  }
}

/** Removes what a transfer left behind, if it was cut off: its helpers, and a volume that never got its contents. */
export async function tidyUp(session: Session, { owner, signal, journal, log }: SiteOptions): Promise<void> {
  const note = await journal.read()
  const docker = new DockerObjects(session.docker.send, signal)
  if (note?.volume) {
    const guest = new GuestVolumes(session.tunnel)
    await guest.mend(note.volume)
    const isFilled = (await guest.origins()).has(note.volume)
    if (note.isNew && !isFilled) await docker.removeVolume(note.volume)
    log.info('an import was cut off', { volume: note.volume, isFilled })
  }
  await removeHelpers(docker, owner)
  await journal.end()
}
