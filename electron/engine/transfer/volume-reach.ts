import { randomBytes } from 'node:crypto'
import type { DockerObjects } from '../docker/docker-objects.ts'
import { DockerRefusal } from '../docker/docker-request.ts'
import { ownLabels } from '../docker/own-objects.ts'
import { doorImageName } from '../files/volume-door.ts'
import { volumeRoot } from './tar/volume-tar.ts'

/** The label of everything a transfer makes for itself; whatever carries it is removed when none runs. */
export const helperLabel = ownLabels.transfer
const helperImage = { repository: 'cove/transfer', tag: 'empty' }
const helperImageName = `${helperImage.repository}:${helperImage.tag}`

/** Whether an image is our own. */
export function isHelperImage(tag: string): boolean {
  return tag === helperImageName || tag === doorImageName
}

/** Where helpers are made. */
export interface HelperOptions {
  docker: DockerObjects
  /** Tells our own helpers from those of another Cove on the same Docker. */
  owner: string
}

/** Reaches into volumes without running anything: containers of an empty image that are never started, each with one volume. Whoever uses it calls removeHelpers in the end. */
export class VolumeReach {
  readonly #options: HelperOptions
  #image: Promise<void> | undefined

  constructor(options: HelperOptions) {
    this.#options = options
  }

  /** Whether anything was made. */
  get isUsed(): boolean {
    return this.#image !== undefined
  }

  /** A volume's contents as tar, named from its root `v/` on. */
  async *read(volume: string): AsyncGenerator<Buffer, void> {
    const { docker } = this.#options
    const id = await this.#open(volume)
    yield* await docker.readTree(id, `/${volumeRoot}`)
    await docker.removeContainer(id)
  }

  /** Unpacks a tar that is named from `v/` on. */
  async write(volume: string, tar: AsyncIterable<Uint8Array>): Promise<void> {
    const id = await this.#open(volume)
    await this.#options.docker.writeTree({ container: id, path: '/', tar })
    await this.#options.docker.removeContainer(id)
  }

  /** Makes an empty volume that goes with the helpers. */
  async createTemporary(): Promise<string> {
    const name = `cove-import-${randomBytes(8).toString('hex')}`
    await (this.#image ??= this.#makeImage())
    await this.#options.docker.createVolume({ Name: name, Driver: 'local', DriverOpts: {}, Labels: { [helperLabel]: this.#options.owner } })
    return name
  }

  async #open(volume: string): Promise<string> {
    await (this.#image ??= this.#makeImage())
    const labels = { [helperLabel]: this.#options.owner }
    return this.#options.docker.createIdle({ image: helperImageName, labels, volume, target: `/${volumeRoot}` })
  }

  async #makeImage(): Promise<void> {
    const { docker, owner } = this.#options
    // Of a transfer that was cut off together with its engine.
    await removeHelpers(docker, owner)
    await docker.importImage({ ...helperImage, label: helperLabel, tar: emptyTar() })
  }
}

/** Removes what transfers of this owner left in a Docker: containers, volumes that were being filled, the empty image. */
export async function removeHelpers(docker: DockerObjects, owner: string): Promise<void> {
  for (const { Id } of await docker.containers({ label: [`${helperLabel}=${owner}`] })) await docker.removeContainer(Id)
  for (const { Name, Labels } of await docker.volumes()) if (Labels[helperLabel] === owner) await docker.removeVolume(Name)
  await docker.removeImage(helperImageName).catch((error: unknown) => {
    // Another Cove is using it.
    if (!(error instanceof DockerRefusal) || error.status !== 409) throw error
  })
}

async function* emptyTar(): AsyncGenerator<Buffer> {
  yield Buffer.alloc(1024)
}
