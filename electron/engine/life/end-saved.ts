import type { LifeParts } from './parts.ts'
import { specOf } from './session.ts'

/** Milliseconds a guest gets to power off that has to come to itself first; its own limits end it sooner, in its own time. */
const graceMs = 15_000

/**
 * Ends a vm that sleeps. What the guest was given to write is on its disk since before it was saved, so its memory can be
 * thrown away; only containers that live in it get their orderly end: the vm runs on just to power off.
 */
export async function endSaved(parts: LifeParts, signal: AbortSignal): Promise<void> {
  const saved = await parts.driver.saved()
  if (!saved) return
  if (saved.note.containers > 0 && saved.bytes > 0) await powerOff(parts, signal)
  await parts.driver.discardSaved()
}

async function powerOff(parts: LifeParts, signal: AbortSignal): Promise<void> {
  const spec = specOf(parts, { image: await parts.openImage(signal), identity: await parts.openIdentity(), guestFiles: await parts.guestFiles() })
  const restored = await parts.driver.restore(spec, signal)
  if ('unfit' in restored) return parts.log.warn('containers of the sleeping vm end without notice', { why: restored.unfit })
  await using vm = restored.vm
  await vm.stop({ graceMs })
}
