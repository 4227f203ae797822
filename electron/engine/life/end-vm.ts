import type { Vm } from '../vm/driver.ts'
import { endSaved } from './end-saved.ts'
import type { LifeParts } from './parts.ts'
import { findLeftVm } from './session.ts'

/** Milliseconds the guest gets to power off by itself. */
const stopGraceMs = 5000

/** Ends the vm that runs, the one that a failure left behind, or the one that sleeps. */
export async function endVm(parts: LifeParts, vm: Vm | undefined, signal: AbortSignal): Promise<void> {
  if (vm) await vm.stop({ graceMs: stopGraceMs })
  else {
    await using left = await findLeftVm(parts, signal)
    await left?.stop({ graceMs: stopGraceMs })
  }
  await endSaved(parts, signal)
}
