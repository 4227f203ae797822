import { z } from 'zod'
import type { DiskContents } from '#contract/disk.ts'
import { longSilenceMs, type DockerApi } from '../docker/docker-api.ts'

const count = z.number().nullish()
const Use = z.object({
  LayersSize: count,
  Images: z.array(z.unknown()).nullish(),
  Containers: z.array(z.object({ SizeRw: count })).nullish(),
  Volumes: z.array(z.object({ UsageData: z.object({ Size: z.number() }).nullish() })).nullish(),
  BuildCache: z.array(z.object({ Size: z.number().default(0), Shared: z.boolean().default(false) })).nullish(),
})

/** What Docker's objects take, kind by kind; layers that images share count once, and what a build shares with an image is the image's. */
export async function diskContents(api: DockerApi): Promise<DiskContents> {
  const use = await api.get('/system/df', Use, { silenceMs: longSilenceMs })
  const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + Math.max(0, size), 0)
  const [containers, volumes, cache] = [use.Containers ?? [], use.Volumes ?? [], use.BuildCache ?? []]
  return {
    images: { count: (use.Images ?? []).length, bytes: Math.max(0, use.LayersSize ?? 0) },
    containers: { count: containers.length, bytes: sum(containers.map(({ SizeRw: size }) => size ?? 0)) },
    volumes: { count: volumes.length, bytes: sum(volumes.map(({ UsageData: usage }) => usage?.Size ?? 0)) },
    buildCache: { count: cache.length, bytes: sum(cache.map(({ Size: size, Shared: isShared }) => (isShared ? 0 : size))) },
  }
}
