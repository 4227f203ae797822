import { toCoveError } from '#contract/errors.ts'
import type { Logger } from '#base/log.ts'
import type { DockerEvent } from '../docker/docker-event.ts'
import type { Companion } from '../life/parts.ts'
import type { Store } from '../store/store.ts'
import type { Activity } from '../sleep/activity.ts'
import type { DiskFile } from '../parts.ts'
import { trimGuestDisk } from './guest-disk.ts'

/** Rest after the last removal before the disk is trimmed, and the longest after the first, in ms. */
const restMs = 3000
const longestMs = 20_000

/** What gives room back. */
export interface TrimOptions {
  disk: Pick<DiskFile, 'usage'>
  store: Pick<Store, 'addEvent'>
  /** Held while the disk is trimmed. */
  activity: Activity
  log: Logger
}

/** Whether an event of Docker means that data may have been removed. */
export function removesData({ type, action }: Pick<DockerEvent, 'type' | 'action'>): boolean {
  const data = ['container', 'image', 'volume', 'builder']
  return data.includes(type) && ['destroy', 'delete', 'prune', 'remove'].includes(action)
}

/** Gives the room of removed images, containers, volumes and build caches back to the host, once for many. */
export function trimAfterRemoval(options: TrimOptions): Companion {
  return {
    name: 'trim',
    joinSession: async ({ docker, tunnel }) => {
      const ending = new AbortController()
      let timer: NodeJS.Timeout | undefined
      let firstAt: number | undefined
      let trimming = Promise.resolve()
      const trim = (): void => {
        firstAt = undefined
        trimming = trimming.then(() => trimOnce(options, () => trimGuestDisk(tunnel, ending.signal)))
      }
      const listening = docker.live.on('event', (event) => {
        if (!removesData(event)) return
        firstAt ??= performance.now()
        clearTimeout(timer)
        timer = setTimeout(trim, Math.max(0, Math.min(restMs, firstAt + longestMs - performance.now()))).unref()
      })
      return {
        [Symbol.asyncDispose]: async () => {
          listening[Symbol.dispose]()
          clearTimeout(timer)
          ending.abort()
          await trimming
        },
      }
    },
  }
}

async function trimOnce({ disk, store, activity, log }: TrimOptions, trim: () => Promise<void>): Promise<void> {
  using _awake = activity.hold()
  try {
    const beforeBytes = (await disk.usage()).allocatedBytes
    await trim()
    const afterBytes = (await disk.usage()).allocatedBytes
    if (afterBytes < beforeBytes) store.addEvent('disk.trimmed', { beforeBytes, afterBytes })
  } catch (error) {
    log.info('the data disk could not be trimmed now', { why: toCoveError(error).message })
  }
}
