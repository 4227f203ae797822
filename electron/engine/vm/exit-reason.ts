import type { ProcessExit } from './vm-process.ts'

/** Everything known about an end. */
export interface ExitFacts extends ProcessExit {
  asked: boolean
  /** `reason` of QMP's SHUTDOWN event, if there was one. */
  shutdown: string | undefined
  /** The accelerator, where it could not carry the guest on. */
  broken?: string | undefined
  qemuTail: string
  guestTail: string
}

const shutdowns: Record<string, string> = {
  'guest-shutdown': 'the guest powered off by itself',
  'guest-reset': 'the guest restarted or its kernel panicked',
  'guest-panic': "the guest's kernel panicked",
  'host-signal': 'QEMU was told to end by a signal',
  'host-qmp-quit': 'QEMU was told to quit',
  'host-error': 'QEMU met an error of the host',
}

/** Why a vm ended, in one sentence with the end of QEMU's and the guest's log; pure. */
export function describeExit(facts: ExitFacts): string {
  if (facts.asked) return facts.signal === 'SIGKILL' ? 'the vm did not stop in time and was killed' : 'the vm was stopped'
  // What QEMU printed of it is registers.
  if (facts.broken !== undefined) return `the accelerator "${facts.broken}" cannot carry this guest on (QEMU: internal error; see: cove logs qemu)`
  const parts = [cause(facts)]
  if (facts.qemuTail !== '') parts.push(`QEMU's last words: ${facts.qemuTail}`)
  if (facts.guestTail !== '') parts.push(`the guest's last words: ${facts.guestTail}`)
  return parts.join('; ')
}

function cause({ shutdown, signal, code }: ExitFacts): string {
  if (shutdown !== undefined) return shutdowns[shutdown] ?? `QEMU shut down (${shutdown})`
  if (signal !== null) return `QEMU was ended by ${signal}`
  if (code !== null) return `QEMU ended with code ${code}`
  return 'QEMU ended without a word'
}
