import { z } from 'zod'
import { withLimit } from '#base/limit.ts'
import { DockerApi, objectPath } from '../docker/docker-api.ts'
import { DockerObjects } from '../docker/docker-objects.ts'
import { ownLabels } from '../docker/own-objects.ts'
import type { Session } from '../life/parts.ts'
import type { FilesOf } from './container-files.ts'

const doorImage = { repository: 'cove/files', tag: 'empty' }
/** The name of the empty image that doors are made of. */
export const doorImageName = `${doorImage.repository}:${doorImage.tag}`

/** Where a door has the volume. */
const target = '/v'
/** How long whoever comes second waits for the first, and how long tidying up may take. */
const limits = { turnMs: 600_000, tidyMs: 60_000 } as const

/** A path of the volume, as Docker knows it through a door. */
export function behindDoor(path: string): string {
  return path === '/' ? target : `${target}${path}`
}

/**
 * Reaches into volumes to change them, without running anything: by a container of an empty image that is never started and has
 * that volume alone, so Docker itself sees to it that no link of the volume's leads out of it. One at a time.
 */
export class VolumeDoor {
  #last: Promise<unknown> = Promise.resolve()

  /** @throws CoveError `docker.not-found` where there is no such volume, and what the work throws. */
  async through<T>({ session, signal }: { session: Pick<Session, 'docker' | 'tunnel'>; signal: AbortSignal }, volume: string, work: (of: FilesOf) => Promise<T>): Promise<T> {
    const former = this.#last
    const turn = Promise.withResolvers<void>()
    this.#last = former.then(() => turn.promise)
    try {
      await withLimit({ what: 'other files to be put into volumes or taken out', ms: limits.turnMs, signal }, () => former)
      // A container would make one that is not there.
      await new DockerApi(session.docker.send, signal).get(objectPath('volumes', volume), z.unknown())
      return await this.#open({ session, signal }, volume, work)
    } finally {
      turn.resolve()
    }
  }

  async #open<T>({ session, signal }: Omit<FilesOf, 'id'>, volume: string, work: (of: FilesOf) => Promise<T>): Promise<T> {
    const docker = new DockerObjects(session.docker.send, signal)
    // One that an engine left which was killed.
    await tidy(docker)
    try {
      await docker.importImage({ ...doorImage, label: ownLabels.files, tar: emptyTar() })
      const id = await docker.createIdle({ image: doorImageName, labels: { [ownLabels.files]: volume }, volume, target, isReadOnly: true })
      return await work({ session, id, signal })
    } finally {
      // Docker may be gone by now; the next one tidies up.
      await tidy(new DockerObjects(session.docker.send, AbortSignal.timeout(limits.tidyMs))).catch(() => undefined)
    }
  }
}

async function tidy(docker: DockerObjects): Promise<void> {
  for (const { Id } of await docker.containers({ label: [ownLabels.files] })) await docker.removeContainer(Id)
  await docker.removeImage(doorImageName)
}

async function* emptyTar(): AsyncGenerator<Buffer> {
  yield Buffer.alloc(1024)
}
