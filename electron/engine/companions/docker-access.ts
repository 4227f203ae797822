import { text } from 'node:stream/consumers'
import { CoveError } from '#contract/errors.ts'
import type { Session } from '../life/parts.ts'
import type { GuestAccess } from '../registries/guest-docker.ts'

/** The end that was asked for, and one that may happen. */
const mostEnds = 2

/** Docker in a session's guest; `isUsed` says whether somebody has a command under way. */
export function guestDocker(session: Session, isUsed: () => boolean): GuestAccess {
  return {
    isInUse: async () => isUsed() || (await session.docker.info()).containersRunning > 0,
    run: (command, input) => runIn(session, command, input),
    signalDocker: (how) => (how === 'restart' ? session.vm.restartService('dockerd') : session.vm.reloadService('dockerd')),
  }
}

/** Word of the guest that dockerd runs, from now on; one that ends again and again before that does not come. */
export function dockerRunning({ vm }: Session): Disposable & { again: Promise<void> } {
  const { promise: again, resolve, reject } = Promise.withResolvers<void>()
  // Nobody may ask.
  again.catch(() => undefined)
  let ends = 0
  const onGuest: Parameters<typeof vm.on<'guest'>>[1] = (message) => {
    if (message.type !== 'service' || message.name !== 'dockerd') return
    if (message.state === 'running') resolve()
    else if (++ends > mostEnds) reject(new CoveError('vm.guest-failed', { message: `Docker ended ${ends} times instead of starting` }))
  }
  vm.on('guest', onGuest)
  return { again, [Symbol.dispose]: () => vm.off('guest', onGuest) }
}

/** Runs a command in the guest to its end; its output. @throws Error when it fails. */
async function runIn({ tunnel }: Session, command: string, input: string): Promise<string> {
  await using process = await tunnel.run({ command, tty: null })
  process.stdin.end(input)
  // Both at once: a guest that goes away meanwhile fails both, and a promise that nobody waits for yet would end the engine.
  const [output, { exitCode }] = await Promise.all([text(process.stdout), process.exited])
  if (exitCode !== 0) throw new Error(`"${command}" ended with ${exitCode} in the guest`)
  return output
}
