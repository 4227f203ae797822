import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { Remark } from './remark.ts'

/** What doctor looks at, in the order in which it is told when all is known. */
export const checkNames = ['settings', 'qemu', 'acceleration', 'guest image', 'shares', 'data disk', 'permissions', 'docker'] as const
/** One thing that doctor looks at. */
export type CheckName = (typeof checkNames)[number]

/** One thing doctor looked at. */
export const Finding = z.object({
  name: z.string(),
  level: z.enum(['ok', 'warning', 'problem']),
  message: z.string(),
  /** The same by its code and values. */
  remark: Remark.nullable().default(null),
  fix: z.string().nullable(),
})
export type Finding = z.infer<typeof Finding>

/** One file of a diagnostics bundle. */
export const BundleEntry = z.object({ name: z.string(), bytes: z.number() })
export type BundleEntry = z.infer<typeof BundleEntry>

/** One file of a bundle that is not written yet: its redacted text, of a long one the end. */
export const BundlePreview = BundleEntry.extend({ text: z.string() })
export type BundlePreview = z.infer<typeof BundlePreview>

/** Calls for when something is wrong. */
export const doctorContract = {
  check: oc.output(z.array(Finding)),
  /** The same, each as soon as it is known; ends with the last. */
  examine: oc.output(eventIterator(Finding)),
  /** What a bundle made now would hold. */
  preview: oc.output(z.array(BundlePreview)),
  /** Writes a redacted .tar.gz of logs, settings and findings to `path` (absolute; never overwrites). */
  bundle: oc.input(z.object({ path: z.string() })).output(z.array(BundleEntry)),
}
