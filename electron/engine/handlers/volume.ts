import { implement } from '@orpc/server'
import { z } from 'zod'
import { CoveError } from '#contract/errors.ts'
import { volumeContract, type VolumeDetail as Detail } from '#contract/volume.ts'
import { longSilenceMs, objectPath, query, type DockerApi } from '../docker/docker-api.ts'
import { usersAmong } from '../docker/image-detail.ts'
import { VolumeDetail } from '../docker/volume.ts'
import { byKindAndName } from '../files/container-files.ts'
import { fileContent, smallEnough } from '../files/file-content.ts'
import { listInGuest, quoted, readInGuest } from '../files/guest-listing.ts'
import { VolumeDoor } from '../files/volume-door.ts'
import type { EngineParts } from '../parts.ts'
import { exportVolume, importVolumes } from '../work/move-volumes.ts'
import { reach, type Reach } from '../work/reach.ts'
import { downloadFromVolume, uploadToVolume, writeVolumeFile } from '../work/volume-files.ts'
import { containersOf } from './image.ts'
import { list, watch } from './live.ts'

const os = implement(volumeContract)
const Place = z.object({ Mountpoint: z.string().default(''), Driver: z.string().default(''), Options: z.record(z.string(), z.string()).nullish() })
const Sizes = z.object({ Volumes: z.array(z.object({ Name: z.string(), UsageData: z.object({ Size: z.number() }).nullish() })).nullish() })
const emptyMs = 10 * 60_000

/** Calls on volumes. */
export function volumeHandlers(parts: EngineParts) {
  const door = new VolumeDoor()
  return {
    list: os.list.handler(({ signal }) => list(parts, 'volume', signal)),
    watch: os.watch.handler(({ signal }) => watch(parts, 'volume', signal)),
    get: os.get.handler(({ input, signal }) => reach(parts, signal, (reached) => detailOf(reached, input.name))),
    sizes: os.sizes.handler(({ signal }) => reach(parts, signal, ({ api }) => sizesOf(api))),
    create: os.create.handler(({ input, signal }) =>
      reach(parts, signal, ({ api }) => api.ask('/volumes/create', VolumeDetail, { json: { Name: input.name ?? '', Driver: input.driver, DriverOpts: input.options, Labels: input.labels } })),
    ),
    remove: os.remove.handler(({ input, signal }) => reach(parts, signal, ({ api }) => api.do('DELETE', `${objectPath('volumes', input.name)}${query({ force: input.force })}`))),
    clone: os.clone.handler(({ input }) =>
      parts.tasks.start({ name: 'volume.clone', subject: `${input.name} → ${input.to}`, run: (_feed, outer) => reach(parts, outer, (reached) => clone(reached, input)) }),
    ),
    empty: os.empty.handler(({ input, signal }) => reach(parts, signal, (reached) => empty(reached, input.name))),
    files: os.files.handler(({ input: { name, path }, signal }) =>
      reach(parts, signal, async (reached) => {
        const listed = await listInGuest(reached.session.tunnel, { root: { type: 'folder', path: await placeOf(reached, name) }, path, signal: reached.signal })
        return { path, deleted: [], isComplete: listed.isComplete, entries: listed.entries.map((entry) => ({ ...entry, change: null })).toSorted(byKindAndName) }
      }),
    ),
    read: os.read.handler(({ input: { name, path, limitBytes }, signal }) =>
      reach(parts, signal, async (reached) => fileContent(path, await readInGuest(reached.session.tunnel, { root: await placeOf(reached, name), path, limitBytes, signal: reached.signal }))),
    ),
    write: os.write.handler(({ input: { name, path, encoding, content }, signal }) =>
      reach(parts, signal, (reached) => writeVolumeFile(door, reached, { name, path, data: smallEnough(Buffer.from(content, encoding)) })),
    ),
    download: os.download.handler(({ input }) => parts.tasks.start(downloadFromVolume({ parts, door }, input))),
    upload: os.upload.handler(({ input }) => parts.tasks.start(uploadToVolume({ parts, door }, input))),
    export: os.export.handler(({ input }) => parts.tasks.start(exportVolume(parts, input))),
    import: os.import.handler(({ input }) => parts.tasks.start(importVolumes(parts, input))),
  }
}

async function detailOf(reached: Reach, name: string): Promise<Detail> {
  const { api } = reached
  const path = objectPath('volumes', name)
  const [volume, place, sizes] = await Promise.all([api.get(path, VolumeDetail), api.get(path, Place), sizesOf(api)])
  return { ...volume, mountpoint: place.Mountpoint, bytes: sizes.find((each) => each.name === name)?.bytes ?? null, usedBy: await usersOf(reached, name) }
}

async function sizesOf(api: DockerApi): Promise<{ name: string; bytes: number | null }[]> {
  const { Volumes: volumes } = await api.get('/system/df?type=volume', Sizes, { silenceMs: longSilenceMs })
  return (volumes ?? []).map(({ Name: name, UsageData: usage }) => ({ name, bytes: usage && usage.Size >= 0 ? usage.Size : null }))
}

async function usersOf(reached: Reach, name: string) {
  return usersAmong(await containersOf(reached), ({ mounts }) => mounts.some(({ type, volume }) => type === 'volume' && volume === name))
}

/** Where the guest keeps a volume's contents. @throws CoveError `usage.invalid` for one that lies elsewhere. */
async function placeOf({ api }: Reach, name: string): Promise<string> {
  const { Mountpoint: place, Driver: driver, Options: options } = await api.get(objectPath('volumes', name), Place)
  if (driver === 'local' && Object.keys(options ?? {}).length === 0 && /^\/var\/lib\/docker\/volumes\/[a-zA-Z0-9][\w.-]*\/_data$/.test(place)) return place
  throw new CoveError('usage.invalid', { message: `the contents of the volume "${name}" do not lie in the guest (driver: ${driver})` })
}

async function clone(reached: Reach, { name, to }: { name: string; to: string }): Promise<{ name: string }> {
  const { api, session, signal } = reached
  const from = await placeOf(reached, name)
  if (await api.find(objectPath('volumes', to), Place)) throw new CoveError('docker.conflict', { message: `there is a volume "${to}" already`, hint: 'Choose another name.' })
  await api.do('POST', '/volumes/create', { json: { Name: to, Driver: 'local', Labels: {} } })
  try {
    const target = await placeOf(reached, to)
    await session.tunnel.capture(`cp -a ${quoted(`${from}/.`)} ${quoted(`${target}/`)} && sync`, signal)
    return { name: to }
  } catch (error) {
    // Half a copy is none; Docker's own limit bounds this.
    await session.docker.send({ method: 'DELETE', path: `${objectPath('volumes', to)}?force=1`, signal: AbortSignal.timeout(60_000) }).catch(() => undefined)
    throw error
  }
}

async function empty(reached: Reach, name: string): Promise<void> {
  const place = await placeOf(reached, name)
  const running = (await usersOf(reached, name)).filter(({ state }) => state === 'running' || state === 'paused')
  if (running.length > 0) {
    throw new CoveError('docker.conflict', { message: `the volume "${name}" is used by running containers: ${running.map((each) => each.name).join(', ')}`, hint: 'Stop them first.' })
  }
  await reached.session.tunnel.capture(`find ${quoted(place)} -mindepth 1 -maxdepth 1 -exec rm -rf {} + && sync`, AbortSignal.any([reached.signal, AbortSignal.timeout(emptyMs)]))
}
