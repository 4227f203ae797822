import { implement } from '@orpc/server'
import { diskContract, type DiskUsage } from '#contract/disk.ts'
import { growGuestFileSystem, guestUsedBytes, trimGuestDisk } from '../disk/guest-disk.ts'
import type { EngineParts } from '../parts.ts'

const gibibyte = 1024 ** 3

/** Calls on the data disk. */
export function diskHandlers({ life, disk, store, paths }: EngineParts) {
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
    reclaim: os.reclaim.handler(async ({ signal }) => {
      const { tunnel } = life.session
      const beforeBytes = (await disk.usage()).allocatedBytes
      await trimGuestDisk(tunnel, signal)
      const afterBytes = (await disk.usage()).allocatedBytes
      store.addEvent('disk.reclaimed', { beforeBytes, afterBytes })
      return { beforeBytes, afterBytes }
    }),
    resize: os.resize.handler(async ({ input, signal }) => {
      const bytes = input.sizeGiB * gibibyte
      const session = life.maybeSession
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
