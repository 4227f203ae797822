import { CoveError, toCoveError } from '#contract/errors.ts'
import { remark } from '#contract/remark.ts'
import { withLimit } from '#base/limit.ts'
import { isAlive } from '../docker/container.ts'
import type { SavedNote, Vm } from '../vm/driver.ts'
import { sleepSteps } from './boot-steps.ts'
import type { Session } from './parts.ts'
import type { Present } from './present.ts'

/** Milliseconds the guest gets to power off by itself where its memory cannot be saved. */
const stopGraceMs = 5000
/** Falling asleep takes 0.2 s longer by it where the processor is emulated (2026-11); not measured elsewhere. */
const prepareLimitMs = 3000

/**
 * Puts the running vm to sleep. Everything the guest was given to write is on its disk before its memory is saved, so that
 * a saved memory which cannot be used later costs nothing that was written.
 * @throws the signal's reason or a CoveError; the vm then runs on, with its session if the state is still `running`, else
 * bare in `present`; if it has ended its `exited` has settled.
 */
export async function fallAsleep(present: Present, session: Session, signal: AbortSignal): Promise<void> {
  const { machine, parts } = present
  const { flush, save } = sleepSteps
  const obstacle = saveObstacle(present, session.vm)
  const note = await withLimit({ what: `${flush.what} (step "${flush.name}")`, ms: flush.limitMs, signal, code: 'vm.step-timeout', hint: flush.hint }, async (own) => {
    const containers = await session.docker.live.containersNow(own)
    // A vm that is stopped instead writes everything itself; and `sync` waits for ever for a share whose server is gone.
    if (!obstacle) await Promise.all([session.tunnel.capture('sync', own), prepareTunnel(present, session.vm, own)])
    return { containers: containers.filter(isAlive).length, ports: await parts.publishedPorts() }
  })
  signal.throwIfAborted()
  // Before anything that serves Docker is let go of for nothing.
  if (obstacle && note.containers > 0) throw obstacle
  const began = performance.now()
  present.lookAway()
  machine.go('sleeping', { step: save.name })
  // What accompanied the session leaves while QEMU still listens to it.
  await present.bare().catch((error: unknown) => parts.log.error('what accompanied the vm did not leave well', { error }))
  const instead = await saveOrStop(present, session.vm, { note, signal })
  await present.letGo()
  const saved = await parts.driver.saved()
  parts.store.addEvent('engine.sleeping', { bytes: saved?.bytes ?? 0, containers: note.containers, ms: Math.round(performance.now() - began) })
  // A stop that came too late to keep it from sleeping has the state by now.
  if (machine.state === 'sleeping') present.goAsleep(undefined, instead === undefined ? [] : [remark('sleep.stopped', `It was stopped and boots when it is needed, for ${instead}.`, {})])
}

/** Half of the login after the wake is done before it. A guest that is too busy, or older than this, sleeps without. */
async function prepareTunnel({ parts }: Present, vm: Vm, signal: AbortSignal): Promise<void> {
  const limit = { what: 'the guest to prepare the next tunnel', ms: prepareLimitMs, signal }
  await withLimit(limit, (own) => vm.prepareTunnel(own)).catch((error: unknown) => {
    signal.throwIfAborted()
    parts.log.info('the vm wakes a little later', { error })
  })
}

interface Saving {
  note: SavedNote
  signal: AbortSignal
}

/** Why the memory of this vm cannot be saved, as far as that is known beforehand. */
function saveObstacle({ parts }: Present, { unsavable }: Vm): CoveError | undefined {
  if (!parts.driver.features.canSave) return new CoveError('vm.save-unsupported', { message: 'the memory of a vm cannot be saved on this computer' })
  if (unsavable === null) return undefined
  return new CoveError('vm.save-unsupported', { message: `the memory of this vm cannot be saved: ${unsavable}`, hint: 'Containers run that a stop would end. Stop them first, or stop the vm: cove stop' })
}

/** Where memory cannot be saved, sleeping is a clean stop, and why is told; never with containers, which would end. */
async function saveOrStop(present: Present, vm: Vm, { note, signal }: Saving): Promise<string | undefined> {
  const { parts } = present
  let why: string
  try {
    const obstacle = saveObstacle(present, vm)
    if (obstacle) throw obstacle
    // Its own limit, its own word on what came of it: a save that is done when the signal comes is done.
    await vm.save({ note, signal })
    return undefined
  } catch (error) {
    const cause = toCoveError(error)
    if (cause.code !== 'vm.save-unsupported' || note.containers > 0) throw error
    why = cause.message
    parts.log.info('the memory cannot be saved; the vm is stopped instead', { why })
  }
  await vm.stop({ graceMs: stopGraceMs })
  await parts.driver.saveNothing(note)
  return why
}

