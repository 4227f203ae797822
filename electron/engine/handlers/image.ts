import { implement } from '@orpc/server'
import { z } from 'zod'
import type { Container } from '#contract/container.ts'
import { imageContract } from '#contract/image.ts'
import { longSilenceMs, objectPath, query, type DockerApi } from '../docker/docker-api.ts'
import { ImageHistory, ImageInspection, imageDetailOf, ImageSizes, usersAmong } from '../docker/image-detail.ts'
import type { EngineParts } from '../parts.ts'
import { loadImages, saveImages } from '../work/move-images.ts'
import { pullImage, pushImage, splitReference } from '../work/pull-push.ts'
import { reach, type Reach } from '../work/reach.ts'
import { list, watch } from './live.ts'

const os = implement(imageContract)
const Removed = z.array(z.object({ Untagged: z.string().nullish(), Deleted: z.string().nullish() })).nullish()

/** Calls on images. */
export function imageHandlers(parts: EngineParts) {
  return {
    list: os.list.handler(({ signal }) => list(parts, 'image', signal)),
    watch: os.watch.handler(({ signal }) => watch(parts, 'image', signal)),
    get: os.get.handler(({ input, signal }) =>
      reach(parts, signal, async (reached) => {
        const { api } = reached
        const [found, layers] = await Promise.all([inspect(api, input.id), api.get(objectPath('images', input.id, 'history'), ImageHistory)])
        return imageDetailOf(found, { layers, usedBy: usersAmong(await containersOf(reached), ({ imageId }) => imageId === found.Id) })
      }),
    ),
    sizes: os.sizes.handler(({ signal }) => reach(parts, signal, ({ api }) => api.get('/system/df?type=image', ImageSizes, { silenceMs: longSilenceMs }))),
    pull: os.pull.handler(({ input }) => parts.tasks.start(pullImage(parts, input))),
    push: os.push.handler(({ input }) => parts.tasks.start(pushImage(parts, input))),
    tag: os.tag.handler(({ input, signal }) =>
      reach(parts, signal, ({ api }) => {
        const { repository, tag } = splitReference(input.name)
        return api.do('POST', `${objectPath('images', input.id, 'tag')}${query({ repo: repository, tag: tag || 'latest' })}`)
      }),
    ),
    loss: os.loss.handler(({ input, signal }) =>
      reach(parts, signal, async (reached) => {
        const found = await inspect(reached.api, input.id)
        const { id, tags, sizeBytes } = imageDetailOf(found, { layers: [], usedBy: [] })
        return { id, tags, bytes: sizeBytes, usedBy: usersAmong(await containersOf(reached), ({ imageId }) => imageId === id) }
      }),
    ),
    remove: os.remove.handler(({ input, signal }) =>
      reach(parts, signal, async ({ api }) => {
        const removed = (await api.delete(`${objectPath('images', input.id)}${query({ force: input.force })}`, Removed)) ?? []
        return { untagged: removed.flatMap(({ Untagged: name }) => name ?? []), deleted: removed.flatMap(({ Deleted: id }) => id ?? []) }
      }),
    ),
    save: os.save.handler(({ input }) => parts.tasks.start(saveImages(parts, input))),
    load: os.load.handler(({ input }) => parts.tasks.start(loadImages(parts, input))),
  }
}

function inspect(api: DockerApi, id: string): Promise<ImageInspection> {
  return api.get(objectPath('images', id, 'json'), ImageInspection)
}

/** Every container. */
export function containersOf({ session, signal }: Reach): Promise<Container[]> {
  return session.docker.live.containersNow(signal)
}
