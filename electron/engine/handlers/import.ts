import { implement } from '@orpc/server'
import { importContract } from '#contract/import.ts'
import { findSources } from '../context/context-host.ts'
import type { EngineParts } from '../parts.ts'

/** Calls that take things into Cove. */
export function importHandlers({ paths, transfers }: EngineParts) {
  const os = implement(importContract)
  return {
    sources: os.sources.handler(({ input: { dockerConfigDir } }) => findSources(dockerConfigDir, paths.dockerSocket)),
    plan: os.plan.handler(async ({ input, signal = new AbortController().signal }) => (await transfers.load()).planImport(input, signal)),
    verify: os.verify.handler(async ({ input, signal }) => (await transfers.load()).verify(input.path, signal)),
    apply: os.apply.handler(async ({ input, signal }) => (await transfers.load()).import(input, signal)),
  }
}
