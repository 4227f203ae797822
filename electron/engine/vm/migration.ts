import { z } from 'zod'
import { withLimit } from '#base/limit.ts'
import { CoveError } from '#contract/errors.ts'
import type { QmpClient } from './qmp.ts'

const Progress = z.object({ status: z.string().optional(), 'error-desc': z.string().optional() })

const RunState = z.object({ status: z.string() })
/** How long QEMU may take from the event to letting go, in ms; it takes one. */
const finalizeMs = 10_000

/** What has ended a migration, in QEMU's words (qemu-qmp-ref(7), MigrationStatus). */
const ends = new Set(['completed', 'failed', 'cancelled'])

/** Told when a migration ends. */
export interface MigrationEnd extends Disposable {
  /** Resolves when it is complete. @throws CoveError `vm.save-failed` with QEMU's reason. */
  ended: Promise<void>
}

/** Makes QEMU tell of its migration by events, and use all the bandwidth there is. To be called before it begins. */
export async function watchMigration(qmp: QmpClient): Promise<MigrationEnd> {
  await qmp.execute('migrate-set-capabilities', { capabilities: [{ capability: 'events', state: true }] })
  // Bytes per second; the default is 128 MiB.
  await qmp.execute('migrate-set-parameters', { 'max-bandwidth': 2 ** 40 })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  promise.catch(() => undefined)
  const listening = qmp.onEvent(({ name, data }) => {
    const status = name === 'MIGRATION' ? String(data['status']) : ''
    if (status === 'completed') resolve()
    else if (ends.has(status)) void reasonOf(qmp, status).then((reason) => reject(failed(reason)))
  })
  void qmp.closed.then(() => reject(failed('QEMU ended')))
  return { ended: promise, [Symbol.dispose]: () => listening[Symbol.dispose]() }
}

/** Ends a migration that may be under way, and lets the guest run on. */
export async function abandonMigration(qmp: QmpClient): Promise<void> {
  using cancelled = cancellation(qmp)
  const { status } = Progress.parse(await qmp.execute('query-migrate'))
  if (status !== undefined && !ends.has(status)) {
    await qmp.execute('migrate_cancel')
    await cancelled.done
  }
  await untilFinalized(qmp)
  await qmp.execute('cont', {}, 10_000)
}

/** Until a moment after the event that ends a migration QEMU refuses to run the guest. It tells of that by nothing: it is asked, and answers between its other work. */
async function untilFinalized(qmp: QmpClient): Promise<void> {
  await withLimit({ what: 'QEMU to let go of a migration that has ended', ms: finalizeMs, code: 'vm.save-failed' }, async (signal) => {
    while (!signal.aborted && RunState.parse(await qmp.execute('query-status')).status === 'finish-migrate');
  })
}

/** While QEMU is cancelling it refuses to run the guest. */
function cancellation(qmp: QmpClient): Disposable & { done: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>()
  const listening = qmp.onEvent(({ name, data }) => void (name === 'MIGRATION' && ends.has(String(data['status'])) && resolve()))
  void qmp.closed.then(resolve)
  // QEMU tells by an event only if it was asked to; an engine that ended before it asked leaves this to the clock.
  const timer = setTimeout(resolve, 2000)
  return {
    done: promise,
    [Symbol.dispose]: () => {
      clearTimeout(timer)
      listening[Symbol.dispose]()
    },
  }
}

async function reasonOf(qmp: QmpClient, status: string): Promise<string> {
  const answer = await qmp.execute('query-migrate').catch(() => ({}))
  return Progress.safeParse(answer).data?.['error-desc'] ?? `QEMU says ${status}`
}

function failed(reason: string): CoveError {
  return new CoveError('vm.save-failed', { message: `the memory of the vm could not be moved: ${reason}`, hint: 'See what QEMU printed: cove logs qemu' })
}
