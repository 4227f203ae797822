import type { ConflictPolicy, TransferEvent } from '#contract/transfer.ts'
import type { EngineParts } from '../parts.ts'
import type { TaskFeed } from '../tasks/task-feed.ts'
import type { TaskWork } from '../tasks/tasks.ts'

const nothing = { networks: [], volumes: [], images: [], projects: [], settings: false }
const asPart = { isPartOfTask: true }

/** One volume to an archive on the host. */
export function exportVolume({ transfers }: Pick<EngineParts, 'transfers'>, { name, path }: { name: string; path: string }): TaskWork {
  return {
    name: 'volume.export',
    subject: `${name} → ${path}`,
    run: async (feed, signal) => {
      const request = { selection: { ...nothing, volumes: [name] }, withEnv: false, path, overwrite: false }
      const { bytes, sha256 } = await follow((await transfers.load()).export(request, signal, asPart), feed)
      return { path, bytes, sha256 }
    },
  }
}

/** The volumes of an archive into Docker. */
export function importVolumes({ transfers, paths }: Pick<EngineParts, 'transfers' | 'paths'>, { path, onConflict }: { path: string; onConflict: ConflictPolicy }): TaskWork {
  return {
    name: 'volume.import',
    subject: path,
    run: async (feed, signal) => {
      const request = { source: { type: 'archive', path } as const, selection: { ...nothing, volumes: ['*'] }, onConflict, projectsDir: paths.home }
      const { names } = await follow((await transfers.load()).import(request, signal, asPart), feed, { isReadTwice: true })
      return { volumes: names.join(',') }
    },
  }
}

/** Tells a task how far a transfer is: an archive that is imported is read whole before it is read again. */
async function follow(events: AsyncIterable<TransferEvent>, feed: TaskFeed, { isReadTwice = false } = {}): Promise<{ bytes: number; sha256: string | null; names: string[] }> {
  const outcome = { bytes: 0, sha256: null as string | null, names: [] as string[] }
  for await (const event of events) {
    if (event.type === 'end') Object.assign(outcome, { bytes: event.bytes, sha256: event.sha256 })
    else if (event.type === 'item' && event.item.kind === 'volume' && event.item.action !== 'skip') outcome.names.push(event.item.as ?? event.item.name)
    else if (event.type === 'progress') {
      const { phase, current, bytes, totalBytes } = event
      const readBefore = isReadTwice && phase === 'copy' ? (totalBytes ?? 0) : 0
      feed.setProgress(current ?? '', readBefore + bytes, totalBytes === null || totalBytes === 0 ? null : totalBytes * (isReadTwice ? 2 : 1))
    }
  }
  return outcome
}
