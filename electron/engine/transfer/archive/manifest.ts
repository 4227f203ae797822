import { z } from 'zod'
import { maxOptionsChars } from '#contract/daemon.ts'

const texts = z.record(z.string().max(4096), z.string().max(65_536))
/** A name as Docker allows it for volumes: no slash, never `.` or `..`. */
const dockerName = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/)
/** An image's `name:tag`; docs.docker.com/reference/cli/docker/image/tag */
export const imageTag = z.string().max(512).regex(/^[a-z0-9][a-z0-9._:/-]*:[\w][\w.-]{0,127}$/)
const digest = z.string().regex(/^[0-9a-f]{64}$/)
const imageId = z.string().regex(/^sha256:[0-9a-f]{64}$/)

/** Where an item's contents lie in the archive, how long they are, and their sha256. */
export const Content = z.strictObject({
  /** Of the first chunk's header. */
  offset: z.int().nonnegative(),
  chunks: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  sha256: digest,
})
export type Content = z.infer<typeof Content>

/** An image as Docker tells of it, and the paths of its parts in the docker-save archive. */
export const ArchivedImage = z.strictObject({
  id: imageId,
  tags: z.array(imageTag).max(1000),
  bytes: z.int().nonnegative(),
  fingerprint: digest,
  architecture: z.string().max(64),
  saved: z.strictObject({ Config: z.string().max(255), Layers: z.array(z.string().max(255)).max(1000) }),
})
export type ArchivedImage = z.infer<typeof ArchivedImage>

/** Images that share layers, as one docker-save archive. */
export const ImagesItem = z.strictObject({
  kind: z.literal('images'),
  images: z.array(ArchivedImage).max(10_000),
  content: Content,
})

/** A volume; without contents when a driver option says that they lie elsewhere. */
export const VolumeItem = z.strictObject({ kind: z.literal('volume'), name: dockerName, options: texts, labels: texts, content: Content.nullable() })

/** A network's definition. */
export const NetworkDefinition = z.strictObject({
  driver: z.string().max(255),
  isIPv6: z.boolean(),
  isInternal: z.boolean(),
  isAttachable: z.boolean(),
  ipam: z.strictObject({ driver: z.string().max(255), options: texts, ranges: z.array(z.record(z.string().max(64), z.union([z.string().max(255), texts, z.null()]))).max(64) }),
  options: texts,
  labels: texts,
})
export type NetworkDefinition = z.infer<typeof NetworkDefinition>
export const NetworkItem = z.strictObject({ kind: z.literal('network'), name: z.string().min(1).max(255), definition: NetworkDefinition })

/** A name of one file in a project's folder. */
const fileName = z.string().regex(/^(?!\.{1,2}$)[^/\\:\0]{1,200}$/)

/** The longest a file of a project may be, in bytes. */
export const maxProjectFileBytes = 256 * 1024

/** A Compose project: its files, and what of it else is in the archive. */
export const ProjectItem = z.strictObject({
  kind: z.literal('project'),
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,254}$/),
  files: z.array(z.strictObject({ name: fileName, text: z.string().max(maxProjectFileBytes) })).max(64),
  /** Images its containers were made from. */
  imageIds: z.array(imageId).max(1000),
})

/** Settings that differ from their defaults, and Docker's options of the user's own. */
export const SettingsItem = z.strictObject({
  kind: z.literal('settings'),
  values: z.record(z.string().max(255), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])),
  /** As `cove daemon show` shows them; absent where there are none. */
  dockerOptions: z.string().max(maxOptionsChars).optional(),
})

export const Item = z.discriminatedUnion('kind', [ImagesItem, VolumeItem, NetworkItem, ProjectItem, SettingsItem])
export type Item = z.infer<typeof Item>
export type ImagesItem = z.infer<typeof ImagesItem>
export type VolumeItem = z.infer<typeof VolumeItem>
export type NetworkItem = z.infer<typeof NetworkItem>
export type ProjectItem = z.infer<typeof ProjectItem>
export type SettingsItem = z.infer<typeof SettingsItem>

/** What an archive says of itself, at its end. */
export const Manifest = z.strictObject({
  format: z.literal(1),
  cove: z.string().max(64),
  createdAt: z.iso.datetime(),
  items: z.array(Item).max(20_000),
})
export type Manifest = z.infer<typeof Manifest>
