import { z } from 'zod'

/** What can be taken out of Cove and into it. */
export const transferKinds = ['network', 'volume', 'image', 'project', 'setting'] as const
export const TransferKind = z.enum(transferKinds)
export type TransferKind = z.infer<typeof TransferKind>

/** Names, or patterns with `*`, of each kind; empty means none of it. A project named takes its volumes, networks and images along. */
export const Selection = z.object({
  networks: z.array(z.string()),
  volumes: z.array(z.string()),
  images: z.array(z.string()),
  projects: z.array(z.string()),
  settings: z.boolean(),
})
export type Selection = z.infer<typeof Selection>

/** Where an import comes from: an archive, or another Docker by `host` or by its docker context. */
export const TransferSource = z.discriminatedUnion('type', [
  z.object({ type: z.literal('archive'), path: z.string() }),
  z.object({ type: z.literal('host'), host: z.string() }),
  z.object({ type: z.literal('context'), name: z.string(), dockerConfigDir: z.string() }),
])
export type TransferSource = z.infer<typeof TransferSource>

/** What to do with a thing that exists already and differs. */
export const ConflictPolicy = z.enum(['fail', 'skip', 'replace', 'rename'])
export type ConflictPolicy = z.infer<typeof ConflictPolicy>

/** What becomes of one thing; `conflict` only in plans, where nothing was decided. */
export const TransferAction = z.enum(['copy', 'present', 'skip', 'replace', 'rename', 'conflict'])
export type TransferAction = z.infer<typeof TransferAction>

/** One thing of an export or import. */
export const TransferItem = z.object({
  kind: TransferKind,
  name: z.string(),
  /** Uncompressed; null where nobody knows or there is none. */
  bytes: z.number().nullable(),
  action: TransferAction,
  /** The name it gets when it is renamed. */
  as: z.string().nullable(),
  /** What the user should know of it. */
  note: z.string().nullable(),
})
export type TransferItem = z.infer<typeof TransferItem>

/** Something that stays behind, and why. */
export const LeftOut = z.object({ what: z.string(), why: z.string() })
export type LeftOut = z.infer<typeof LeftOut>

/** What an export or import would do. */
export const TransferPlan = z.object({ items: z.array(TransferItem), leftOut: z.array(LeftOut) })
export type TransferPlan = z.infer<typeof TransferPlan>

/** What an export or import tells while it runs: the plan, each thing when it is done, how far it is, and the end. */
export const TransferEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('plan'), plan: TransferPlan }),
  z.object({ type: z.literal('item'), item: TransferItem }),
  z.object({
    type: z.literal('progress'),
    phase: z.enum(['verify', 'copy']),
    /** What is being read now. */
    current: z.string().nullable(),
    bytes: z.number(),
    /** An estimate; null when nobody knows. */
    totalBytes: z.number().nullable(),
    bytesPerSecond: z.number(),
  }),
  z.object({ type: z.literal('end'), bytes: z.number(), sha256: z.string().nullable() }),
])
export type TransferEvent = z.infer<typeof TransferEvent>
