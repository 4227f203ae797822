import { implement } from '@orpc/server'
import { doctorContract } from '#contract/doctor.ts'
import type { EngineParts } from '../parts.ts'
import { previewBundle, writeBundle } from '../trouble/bundle.ts'
import { examine, runChecks } from '../trouble/checks.ts'

/** Calls for when something is wrong. */
export function doctorHandlers(parts: EngineParts) {
  const os = implement(doctorContract)
  return {
    check: os.check.handler(({ signal }) => runChecks(parts, signal)),
    examine: os.examine.handler(({ signal }) => examine(parts, signal)),
    preview: os.preview.handler(() => previewBundle(parts)),
    bundle: os.bundle.handler(({ input }) => writeBundle(parts, input.path)),
  }
}
