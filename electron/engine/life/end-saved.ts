import type { LifeParts } from './parts.ts'
import { specOf } from './session.ts'

/**
 * Ends a vm that sleeps. What the guest was given to write is on its disk since before it was saved, so its memory can be
 * thrown away; only containers that live in it get their orderly end: the vm runs on just to power off.
 */
export async function endSaved(parts: LifeParts, { graceMs, signal }: { graceMs: number; signal: AbortSignal }): Promise<void> {
  const saved = await parts.driver.saved()
  if (!saved) return
  if (saved.note.containers > 0 && saved.bytes > 0) await powerOff(parts, graceMs, signal)
  await parts.driver.discardSaved()
}

async function powerOff(parts: LifeParts, graceMs: number, signal: AbortSignal): Promise<void> {
  const spec = specOf(parts, { image: await parts.openImage(signal), identity: await parts.openIdentity(), guestFiles: await parts.guestFiles() })
  const restored = await parts.driver.restore(spec, signal)
  if ('unfit' in restored) return parts.log.warn('containers of the sleeping vm end without notice', { why: restored.unfit })
  await using vm = restored.vm
  await vm.stop({ graceMs })
}
