import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { ConflictPolicy, Selection, TransferEvent, TransferPlan, TransferSource } from './transfer.ts'

const ImportInput = z.object({ source: TransferSource, selection: Selection, onConflict: ConflictPolicy })

/** Calls that take things into Cove, from an archive or from another Docker. */
export const importContract = {
  /** Other Dockers on this machine: docker's contexts whose socket is there, Cove's own left out. */
  sources: oc.input(z.object({ dockerConfigDir: z.string() })).output(z.array(z.object({ name: z.string(), host: z.string() }))),
  /** What would become of each thing; contents are not compared. */
  plan: oc.input(ImportInput).output(TransferPlan),
  /** Reads a whole archive and compares every digest; needs no vm. */
  verify: oc.input(z.object({ path: z.string() })).output(eventIterator(TransferEvent)),
  /**
   * Verifies, then imports. A project's files go into a folder of its name below `projectsDir` (absolute).
   * When the caller leaves, what is done stays, nothing is half done, and the same call later goes on with the rest.
   */
  apply: oc.input(ImportInput.extend({ projectsDir: z.string() })).output(eventIterator(TransferEvent)),
}
