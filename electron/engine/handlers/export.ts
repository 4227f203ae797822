import { implement } from '@orpc/server'
import { exportContract } from '#contract/export.ts'
import type { EngineParts } from '../parts.ts'

/** Calls that take things out of Cove. */
export function exportHandlers({ transfers }: EngineParts) {
  const os = implement(exportContract)
  return {
    plan: os.plan.handler(async ({ input, signal = new AbortController().signal }) => (await transfers.load()).planExport(input, signal)),
    write: os.write.handler(async ({ input, signal }) => (await transfers.load()).export(input, signal)),
  }
}
