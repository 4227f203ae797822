import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { Selection, TransferEvent, TransferPlan } from './transfer.ts'

const ExportInput = z.object({
  selection: Selection,
  /** Whether files of a project that may hold secrets (.env) come along. */
  withEnv: z.boolean().default(false),
})

/** Calls that take images, volumes, networks, Compose projects and settings out of Cove. */
export const exportContract = {
  /** What would be written. */
  plan: oc.input(ExportInput).output(TransferPlan),
  /** Writes an archive to `path` (absolute). Ends early, leaving nothing, when the caller leaves. */
  write: oc.input(ExportInput.extend({ path: z.string(), overwrite: z.boolean().default(false) })).output(eventIterator(TransferEvent)),
}
