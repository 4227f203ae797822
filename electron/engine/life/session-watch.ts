import type { CoveError } from '#contract/errors.ts'
import { remark } from '#contract/remark.ts'
import type { VmEvents, VmExit } from '../vm/driver.ts'
import type { GuestMessage } from '../vm/guest-message.ts'
import { diedError } from './guest-progress.ts'
import type { Machine } from './machine.ts'
import type { LifeParts, Session } from './parts.ts'

/** Who is told what happens to a session. */
export interface SessionWatch {
  parts: LifeParts
  machine: Machine
  onDied(error: CoveError): void
  /** The guest powered itself off in order, without being asked to. */
  onPoweredOff(): void
}

const pausedWarning = {
  'no-space': remark('vm.paused-no-space', 'The host disk is full: the vm is paused, nothing is lost. It goes on by itself when there is room.', {}),
  'io-error': remark('vm.paused-io-error', 'The host disk refused a write: the vm is paused, nothing is lost. See: cove logs qemu', {}),
  asked: remark('vm.paused-asked', 'The vm is paused.', {}),
} as const

/** Keeps the status true while the vm runs: pauses, services that died, the end of the vm. */
export function watchSession({ vm, tunnel }: Session, { parts, machine, onDied, onPoweredOff }: SessionWatch): Disposable {
  let saidGoodbye = false
  const listeners: { [E in Exclude<keyof VmEvents, 'exit' | 'virtiofs-lost'>]: (...args: VmEvents[E]) => void } = {
    guest: (message) => {
      if (message.type === 'poweroff') saidGoodbye = true
      rememberService(parts, message)
    },
    paused: ({ cause }) => {
      parts.store.addEvent('vm.paused', { cause })
      machine.update({ remarks: [...vm.warnings, pausedWarning[cause]] })
    },
    resumed: () => {
      // The guest's clock stood still meanwhile.
      vm.setGuestClock(Date.now())
      parts.store.addEvent('vm.resumed', {})
      machine.update({ remarks: [...vm.warnings] })
    },
  }
  const onDown = (error: Error): void => parts.store.addEvent('tunnel.lost', { reason: error.message })
  const onUp = (): void => parts.store.addEvent('tunnel.healed', {})
  vm.on('guest', listeners.guest)
  vm.on('paused', listeners.paused)
  vm.on('resumed', listeners.resumed)
  if (vm.pausedBy) listeners.paused({ cause: vm.pausedBy })
  let isWatching = true
  // Not the event: the vm may have ended before anybody listened.
  void vm.exited.then((exit) => {
    if (!isWatching) return
    if (saidGoodbye && isInOrder(exit)) onPoweredOff()
    else onDied(diedError(exit))
  })
  tunnel.on('down', onDown)
  tunnel.on('up', onUp)
  return {
    [Symbol.dispose]() {
      isWatching = false
      vm.off('guest', listeners.guest)
      vm.off('paused', listeners.paused)
      vm.off('resumed', listeners.resumed)
      tunnel.off('down', onDown)
      tunnel.off('up', onUp)
    },
  }
}

/** QEMU itself ended well; the code of one that a former engine started is not known. */
function isInOrder({ code, signal }: VmExit): boolean {
  return signal === null && (code ?? 0) === 0
}

function rememberService(parts: LifeParts, message: GuestMessage): void {
  if (message.type !== 'service') return
  const { type: _type, ...detail } = message
  parts.log.info('guest service', detail)
  parts.store.addEvent(`guest.service-${message.state}`, detail)
}
