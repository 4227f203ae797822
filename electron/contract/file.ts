import { z } from 'zod'

/** One entry of a folder in a container or volume: its name is hostile text. */
export const FileEntry = z.object({
  name: z.string(),
  kind: z.enum(['file', 'folder', 'link', 'device', 'fifo', 'socket']),
  bytes: z.number(),
  /** Permission bits, such as 0o644. */
  mode: z.int(),
  uid: z.int(),
  gid: z.int(),
  modifiedAt: z.iso.datetime(),
  /** Where a link points; null for others. */
  target: z.string().nullable(),
  /** How it differs from the image; `changed` also for a folder with changes below. Null in a volume. */
  change: z.enum(['added', 'changed']).nullable(),
})
export type FileEntry = z.infer<typeof FileEntry>

/** A folder's contents by name, folders first. */
export const FolderListing = z.object({
  /** As it was asked for, without `.` and `..`. */
  path: z.string(),
  entries: z.array(FileEntry),
  /** Names that the image has here and the container removed. */
  deleted: z.array(z.string()),
  /** False when there are more entries than are listed (20,000). */
  isComplete: z.boolean(),
})
export type FolderListing = z.infer<typeof FolderListing>

/** A file's contents. */
export const FileContent = z.object({
  path: z.string(),
  /** The whole file's size. */
  bytes: z.number(),
  mode: z.int(),
  /** `base64` where it is no UTF-8 text. */
  encoding: z.enum(['utf8', 'base64']),
  content: z.string(),
  /** False when only the beginning was read. */
  isComplete: z.boolean(),
})
export type FileContent = z.infer<typeof FileContent>

/** One path that differs from the image. */
export const FileChange = z.object({ path: z.string(), change: z.enum(['added', 'changed', 'deleted']) })
export type FileChange = z.infer<typeof FileChange>

/** Most bytes of a file that are read or written through the contract; larger ones go by download and upload. */
export const maxFileBytes = 512 * 1024

/** An absolute path inside. */
export const InnerPath = z.string().max(4096).regex(/^\/[^\0]*$/, 'not an absolute path')
