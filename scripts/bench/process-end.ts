import { identifyProcess } from '#base/process-identity.ts'
import { pause } from './pause.ts'

/** Resolves when a process that is not our child has ended. @throws Error after `limitMs`. */
export async function untilGone(pid: number, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs
  while (await identifyProcess(pid)) {
    if (performance.now() > deadline) throw new Error(`process ${pid} did not end within ${limitMs / 1000} s`)
    await pause(20)
  }
}
