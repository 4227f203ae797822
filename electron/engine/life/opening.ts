import { toCoveError } from '#contract/errors.ts'
import type { EngineState, Status } from '#contract/state.ts'
import type { Session } from './parts.ts'
import type { Present } from './present.ts'
import type { Attempt, StepReporter } from './session.ts'

/** A way to a session. */
export interface Way {
  /** What the history calls it. */
  task: string
  state: Extract<EngineState, 'starting' | 'waking'>
  firstStep: string
  open(attempt: Attempt): Promise<Session>
  /** Asked when it fails: whether the vm is to run on without us. */
  keepsVm(): boolean
}

/** A way to a session that is being gone. */
export interface Opening {
  /** Settles with the running status, or the CoveError that made it fail. */
  done: Promise<Status>
  /** Gives up; whoever does so ends, or leaves, the session that comes all the same. */
  abort(reason: unknown): void
}

/** Goes a way to a session: states, steps, history, and what is left when it fails. */
export function beginOpening(present: Present, way: Way): Opening {
  const abort = new AbortController()
  const done = run(present, way, abort.signal)
  // Whoever asked sees the error; the state shows it to everyone else.
  done.catch(() => undefined)
  return { done, abort: (reason) => abort.abort(reason) }
}

async function run(present: Present, { task: name, state, firstStep, open, keepsVm }: Way, signal: AbortSignal): Promise<Status> {
  const { machine, parts } = present
  const task = parts.store.startTask(name)
  machine.go(state, { step: firstStep })
  machine.update({ vm: null, docker: null, bootSteps: [], remarks: [] })
  try {
    present.hold(await open({ report: reporter(present, signal), signal, keepsVm }))
    signal.throwIfAborted()
    present.run()
    task.end('done')
    return machine.status
  } catch (error) {
    const cause = toCoveError(signal.aborted ? signal.reason : error, 'vm.start-failed')
    task.end(signal.aborted ? 'cancelled' : 'failed', cause.message)
    if (!signal.aborted) {
      await present.letGo()
      present.fail(cause)
    }
    throw cause
  }
}

function reporter({ machine }: Present, signal: AbortSignal): StepReporter {
  const update = (change: Partial<Status>): void => {
    if (!signal.aborted) machine.update(change)
  }
  return {
    begin: (step) => update({ step }),
    end: (step, ms) => update({ bootSteps: [...machine.status.bootSteps, { name: step, ms: Math.round(ms) }] }),
    vm: (vm) => {
      const { pid, accelerator, cpus, memoryMiB, startedAt } = vm
      update({ vm: { pid, accelerator, cpus, memoryMiB, startedAt: startedAt.toISOString() }, remarks: [...vm.warnings] })
    },
  }
}
