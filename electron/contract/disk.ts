import { oc } from '@orpc/contract'
import { z } from 'zod'

/** How much room the data disk takes; all sizes in bytes. */
export const DiskUsage = z.object({
  path: z.string(),
  /** Largest size the disk may grow to. */
  capacityBytes: z.number(),
  /** What the file really takes on the host now. */
  allocatedBytes: z.number(),
  /** What the guest's file system holds; null while the vm does not run. */
  guestUsedBytes: z.number().nullable(),
  /** Free bytes of the host file system the disk lies on. */
  hostFreeBytes: z.number(),
})
export type DiskUsage = z.infer<typeof DiskUsage>

const Part = z.object({ count: z.int(), bytes: z.number() })

/** What Docker's objects take of it, kind by kind. */
export const DiskContents = z.object({ images: Part, containers: Part, volumes: Part, buildCache: Part })
export type DiskContents = z.infer<typeof DiskContents>

/** What a reclaim gave back to the host. */
export const DiskReclaimed = z.object({ beforeBytes: z.number(), afterBytes: z.number() })
export type DiskReclaimed = z.infer<typeof DiskReclaimed>

/** Calls on the data disk. */
export const diskContract = {
  usage: oc.output(DiskUsage),
  /** Docker counts bytes for it, so it takes its time; what of it can go says `prune.preview`. @throws `vm.not-running`. */
  contents: oc.output(DiskContents),
  /** Trims free blocks; wakes a sleeping vm, refuses while it is off. What docker removes is trimmed without being asked. */
  reclaim: oc.output(DiskReclaimed),
  /** Grows the disk; shrinking is refused. Works with the vm on (online) or off. */
  resize: oc.input(z.object({ sizeGiB: z.int().positive() })).output(DiskUsage),
}
