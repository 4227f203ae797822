import { z } from 'zod'
import type { Unused, UnusedItem } from '#contract/prune.ts'
import { DockerRefusal } from '../docker/docker-request.ts'
import { longSilenceMs, objectPath, type DockerApi } from '../docker/docker-api.ts'
import type { EngineParts } from '../parts.ts'
import type { TaskFeed } from '../tasks/task-feed.ts'
import type { TaskResult, TaskWork } from '../tasks/tasks.ts'
import { reach } from './reach.ts'

const count = z.number().nullish()
const names = z.array(z.string()).nullish()
const SystemUse = z.object({
  Containers: z.array(z.object({ Id: z.string(), Names: names, State: z.string().default(''), SizeRw: count })).nullish(),
  Images: z.array(z.object({ Id: z.string(), RepoTags: names, Size: z.number().default(0), SharedSize: count, Containers: count })).nullish(),
  Volumes: z.array(z.object({ Name: z.string(), UsageData: z.object({ Size: z.number(), RefCount: z.number() }).nullish() })).nullish(),
  BuildCache: z.array(z.object({ Size: z.number().default(0), InUse: z.boolean().default(false), Shared: z.boolean().default(false) })).nullish(),
})
const Networks = z.array(z.object({ Id: z.string(), Name: z.string(), Ingress: z.boolean().default(false) }))
const NetworkUse = z.array(z.object({ NetworkSettings: z.object({ Networks: z.record(z.string(), z.unknown()).nullish() }).nullish() }))
const alive = new Set(['running', 'paused', 'restarting'])
const builtIn = new Set(['bridge', 'host', 'none', 'docker_gwbridge'])

/** What is to go. */
export interface PruneWish {
  containers: string[]
  images: string[]
  volumes: string[]
  networks: string[]
  buildCache: boolean
}

/** What nothing uses. Docker counts bytes for it, so it takes its time. */
export async function unused(api: DockerApi): Promise<Unused> {
  const [use, networks, containers] = await Promise.all([
    api.get('/system/df', SystemUse, { silenceMs: longSilenceMs }),
    api.get('/networks', Networks),
    api.get('/containers/json?all=1', NetworkUse),
  ])
  const images = (use.Images ?? []).filter((image) => (image.Containers ?? 0) <= 0)
  const tagsOf = (image: (typeof images)[number]): string[] => (image.RepoTags ?? []).filter((tag) => !tag.startsWith('<none>'))
  const inUse = new Set(containers.flatMap(({ NetworkSettings: settings }) => Object.keys(settings?.Networks ?? {})))
  const imageItem = (image: (typeof images)[number]): UnusedItem => ({ id: image.Id, name: tagsOf(image).join(', ') || image.Id.slice(7, 19), bytes: image.Size - Math.max(0, image.SharedSize ?? 0) })
  return {
    containers: (use.Containers ?? []).filter(({ State: state }) => !alive.has(state)).map((each) => ({ id: each.Id, name: (each.Names?.[0] ?? each.Id.slice(0, 12)).replace(/^\//, ''), bytes: each.SizeRw ?? 0 })),
    danglingImages: images.filter((image) => tagsOf(image).length === 0).map(imageItem),
    unusedImages: images.filter((image) => tagsOf(image).length > 0).map(imageItem),
    volumes: (use.Volumes ?? []).filter(({ UsageData: usage }) => usage?.RefCount === 0).map(({ Name: name, UsageData: usage }) => ({ id: name, name, bytes: usage && usage.Size >= 0 ? usage.Size : null })),
    networks: networks.filter(({ Name: name, Ingress: isIngress }) => !builtIn.has(name) && !isIngress && !inUse.has(name)).map(({ Id: id, Name: name }) => ({ id, name, bytes: null })),
    buildCacheBytes: (use.BuildCache ?? []).reduce((sum, each) => sum + (each.InUse || each.Shared ? 0 : each.Size), 0),
  }
}

/** Removes exactly what it is given, if it is still unused: nothing is forced. */
export function prune(parts: EngineParts, wish: PruneWish): TaskWork {
  return { name: 'prune.apply', subject: '', run: (feed, outer) => reach(parts, outer, ({ api }) => pruneNow(api, wish, feed)) }
}

async function pruneNow(api: DockerApi, wish: PruneWish, feed: TaskFeed): Promise<TaskResult> {
  const before = await unused(api)
  const items = [...before.containers, ...before.danglingImages, ...before.unusedImages, ...before.volumes]
  const bytesOf = new Map(items.map(({ id, bytes }) => [id, bytes ?? 0]))
  const totals = { removed: 0, kept: 0, freedBytes: 0 }
  const remove = async (what: string, id: string, path: string): Promise<void> => {
    try {
      await api.do('DELETE', path)
      totals.removed++
      totals.freedBytes += bytesOf.get(id) ?? 0
      feed.write(`${what} ${id} removed\n`)
    } catch (error) {
      if (!(error instanceof DockerRefusal)) throw error
      totals.kept++
      feed.write(`${what} ${id} kept: ${error.message}\n`)
    }
  }
  // Containers first: what they use may then go.
  for (const id of wish.containers) await remove('container', id, objectPath('containers', id))
  const tagged = new Map(before.unusedImages.map(({ id, name }) => [id, name.split(', ')]))
  // By name, one after another: an image with several names cannot go by its id unless forced.
  for (const id of wish.images) for (const name of tagged.get(id) ?? [id]) await remove('image', name, objectPath('images', name))
  totals.freedBytes += wish.images.reduce((sum, id) => sum + (tagged.has(id) ? (bytesOf.get(id) ?? 0) : 0), 0)
  for (const name of wish.volumes) await remove('volume', name, objectPath('volumes', name))
  for (const id of wish.networks) await remove('network', id, objectPath('networks', id))
  if (wish.buildCache) {
    const { SpaceReclaimed: bytes } = await api.ask('/build/prune?all=1', z.object({ SpaceReclaimed: z.number().default(0) }), { silenceMs: longSilenceMs })
    totals.freedBytes += bytes
    feed.write(`build cache removed: ${bytes} bytes\n`)
  }
  return totals
}
