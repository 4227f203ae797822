import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { FileContent, FolderListing, InnerPath, maxFileBytes } from './file.ts'
import { UsedBy } from './image.ts'
import { Labels, liveChange } from './live.ts'
import { TaskRef } from './task.ts'
import { ConflictPolicy } from './transfer.ts'

/** One volume as the live model keeps it; its name is its id. */
export const Volume = z.object({
  name: z.string(),
  driver: z.string(),
  /** Null where the driver does not say. */
  createdAt: z.iso.datetime().nullable(),
  options: Labels,
  labels: Labels,
})
export type Volume = z.infer<typeof Volume>

/** One volume in detail. */
export const VolumeDetail = Volume.extend({
  mountpoint: z.string(),
  /** Null where Docker does not say (not its own driver). */
  bytes: z.number().nullable(),
  /** Containers that mount it, running or not. */
  usedBy: z.array(UsedBy),
})
export type VolumeDetail = z.infer<typeof VolumeDetail>

const Name = z.string().regex(/^[a-zA-Z0-9][\w.-]{0,254}$/, 'not a name of a volume')
const One = z.object({ name: z.string().min(1).max(255) })

/** Calls on volumes. */
export const volumeContract = {
  list: oc.output(z.array(Volume)),
  watch: oc.output(eventIterator(liveChange(Volume))),
  get: oc.input(One).output(VolumeDetail),
  /** Bytes of each, by name; Docker counts files, so it takes its time. */
  sizes: oc.output(z.array(z.object({ name: z.string(), bytes: z.number().nullable() }))),
  create: oc.input(z.object({ name: Name.nullable().default(null), driver: z.string().default('local'), options: Labels.default({}), labels: Labels.default({}) })).output(Volume),
  /** @throws `docker.conflict` while a container has it. */
  remove: oc.input(One.extend({ force: z.boolean().default(false) })),
  /** Copies its contents into a new volume, owners, modes, times and hard links included. The result has `name`. @throws `docker.conflict` when that exists. */
  clone: oc.input(One.extend({ to: Name })).output(TaskRef),
  /** Removes its contents. @throws `docker.conflict` while a running container has it. */
  empty: oc.input(One),
  /** A folder of it. */
  files: oc.input(One.extend({ path: InnerPath.default('/') })).output(FolderListing),
  /** A file's beginning, links followed inside the volume. */
  read: oc.input(One.extend({ path: InnerPath, limitBytes: z.int().min(1).max(maxFileBytes).default(maxFileBytes) })).output(FileContent),
  /** Writes a file; one that is there keeps its owner and mode. */
  write: oc.input(One.extend({ path: InnerPath, encoding: z.enum(['utf8', 'base64']).default('utf8'), content: z.string().max(maxFileBytes * 1.4) })),
  /** A file or folder of it as a tar on the host (absolute path; never overwrites). The result has `path` and `bytes`. */
  download: oc.input(One.extend({ path: InnerPath, to: z.string() })).output(TaskRef),
  /** Host files and folders (absolute paths) into a folder of it. The result has `files` and `bytes`. */
  upload: oc.input(One.extend({ from: z.array(z.string()).min(1).max(1000), path: InnerPath })).output(TaskRef),
  /** Writes it alone to an archive on the host (absolute path; never overwrites), as `export.write` does. The result has `path`, `bytes` and `sha256`. */
  export: oc.input(One.extend({ path: z.string() })).output(TaskRef),
  /** Verifies an archive and takes the volumes in it, as `import.apply` does; see `import.plan` first. The result has `volumes`, their names with commas between. */
  import: oc.input(z.object({ path: z.string(), onConflict: ConflictPolicy.default('fail') })).output(TaskRef),
}
