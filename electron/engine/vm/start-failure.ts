import { CoveError } from '#contract/errors.ts'
import { inUse } from './data-disk.ts'
import type { ProcessExit } from './vm-process.ts'

/** What is known when QEMU ended before its monitor answered. */
export interface StartFacts extends ProcessExit {
  /** The end of what QEMU wrote. */
  tail: string
  dataDisk: string
  sshPort: number
  memoryMiB: number
}

/** Whether another program took the port between our choice and QEMU's start. */
export function isPortTaken(tail: string): boolean {
  return /could not set up host forwarding rule/i.test(tail)
}

/** QEMU's last words as an error the user can act on; pure. */
export function startFailure(facts: StartFacts): CoveError {
  const { tail, sshPort, memoryMiB } = facts
  const how = facts.signal ? `was ended by ${facts.signal}` : `ended with code ${facts.code ?? 'unknown'}`
  const message = `QEMU ${how} while starting: ${tail || 'it said nothing'}`
  if (/write" lock|another process using the image|being used by another process/i.test(tail)) return inUse(facts.dataDisk)
  if (isPortTaken(tail)) return portTaken(sshPort)
  if (/cannot allocate memory|cannot set up guest memory|unable to allocate/i.test(tail)) {
    return new CoveError('vm.start-failed', { message: `this computer cannot give the vm ${memoryMiB} MiB of memory: ${tail}`, hint: 'Give it less: cove config set vm.memoryMiB 1024' })
  }
  if (/image is corrupt|corrupt(ed)? (qcow2|image)/i.test(tail)) {
    return new CoveError('disk.corrupt', { message: `the data disk "${facts.dataDisk}" is damaged: ${tail}`, about: { path: facts.dataDisk }, hint: 'Put a backup in its place, or begin anew with `cove reset --data`.' })
  }
  return new CoveError('vm.start-failed', { message, hint: 'See `cove logs qemu`; `cove doctor` checks what the vm needs.' })
}

/** The error for a port of the guest's sshd that something else listens on. */
export function portTaken(port: number): CoveError {
  return new CoveError('vm.start-failed', {
    message: `port ${port} of 127.0.0.1 (setting tunnel.port) is in use by another program`,
    hint: 'Let Cove pick a free one: cove config unset tunnel.port',
  })
}
