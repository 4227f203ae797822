import { implement } from '@orpc/server'
import { diskContract, type DiskUsage } from '#contract/disk.ts'
import { diskContents } from '../disk/disk-contents.ts'
import { growGuestFileSystem, guestUsedBytes, trimGuestDisk } from '../disk/guest-disk.ts'
import type { EngineParts } from '../parts.ts'
import { reach } from '../work/reach.ts'

const gibibyte = 1024 ** 3
const awakeLimitMs = 300_000

/** Calls on the data disk. */
export function diskHandlers(parts: EngineParts) {
  const { life, machine, activity, disk, store, paths } = parts
  const os = implement(diskContract)
  const usage = async (signal?: AbortSignal): Promise<DiskUsage> => {
    const { capacityBytes, allocatedBytes, hostFreeBytes } = await disk.usage()
    const session = life.maybeSession
    return {
      path: paths.dataDisk,
      capacityBytes,
      allocatedBytes,
      hostFreeBytes,
      guestUsedBytes: session ? await guestUsedBytes(session.tunnel, signal) : null,
    }
  }
  return {
    usage: os.usage.handler(({ signal }) => usage(signal)),
    contents: os.contents.handler(({ signal }) => reach(parts, signal, ({ api }) => diskContents(api))),
    reclaim: os.reclaim.handler(async ({ signal }) => {
      using _awake = activity.hold()
      const { tunnel } = await life.awake(signal ?? AbortSignal.timeout(awakeLimitMs))
      const beforeBytes = (await disk.usage()).allocatedBytes
      await trimGuestDisk(tunnel, signal)
      const afterBytes = (await disk.usage()).allocatedBytes
      store.addEvent('disk.reclaimed', { beforeBytes, afterBytes })
      return { beforeBytes, afterBytes }
    }),
    resize: os.resize.handler(async ({ input, signal }) => {
      const bytes = input.sizeGiB * gibibyte
      using _awake = activity.hold()
      // The memory of a sleeping vm fits only the disk as it is.
      const session = machine.state === 'sleeping' ? await life.awake(signal ?? AbortSignal.timeout(awakeLimitMs)) : life.maybeSession
      if (session) {
        await disk.requireGrowth(bytes)
        await session.vm.resizeDataDisk(bytes)
        await growGuestFileSystem(session.tunnel, signal)
      } else await disk.grow(bytes)
      store.addEvent('disk.resized', { bytes })
      return usage(signal)
    }),
  }
}
