import type { ChildProcess } from 'node:child_process'
import { execa } from 'execa'
import { isSameProcessAlive, type ProcessIdentity } from '#base/process-identity.ts'
import { connectTo } from './channels.ts'

/** How a process ended; both null when it was not our child and nobody can tell. */
export interface ProcessExit {
  code: number | null
  signal: string | null
}

/** A QEMU process: our child, or one that a former engine started. */
export interface VmProcess {
  readonly identity: ProcessIdentity
  /** Settles when the process is gone; never after `detach`. */
  readonly exited: Promise<ProcessExit>
  /** Ends exactly this process, never a later one of the same pid. */
  kill(): Promise<void>
  /** Lets this program end before QEMU does. */
  detach(): void
}

/** A QEMU that is our own child. */
export function childProcess(child: ChildProcess, identity: ProcessIdentity): VmProcess {
  const { promise, resolve } = Promise.withResolvers<ProcessExit>()
  if (child.exitCode !== null || child.signalCode !== null) resolve({ code: child.exitCode, signal: child.signalCode })
  child.once('exit', (code, signal) => resolve({ code, signal }))
  return {
    identity,
    exited: promise,
    kill: async () => void child.kill('SIGKILL'),
    detach: () => child.unref(),
  }
}

/**
 * A QEMU that a former engine started; its end is told by its lifeline socket (Windows: by Wait-Process).
 * @throws when the lifeline cannot be reached.
 */
export async function foreignProcess(identity: ProcessIdentity, lifeline: string, signal: AbortSignal): Promise<VmProcess> {
  const end = process.platform === 'win32' ? waitForPid(identity.pid) : await waitForLifeline(lifeline, signal)
  return {
    identity,
    exited: end.promise.then(() => ({ code: null, signal: null })),
    kill: async () => {
      if (await isSameProcessAlive(identity)) process.kill(identity.pid, 'SIGKILL')
    },
    detach: end.cancel,
  }
}

interface EndOfProcess {
  promise: Promise<void>
  cancel(): void
}

async function waitForLifeline(path: string, signal: AbortSignal): Promise<EndOfProcess> {
  const socket = await connectTo(path, signal)
  const { promise, resolve } = Promise.withResolvers<void>()
  const onClose = (): void => resolve()
  socket.on('error', () => undefined)
  socket.on('close', onClose)
  socket.resume()
  socket.unref()
  return {
    promise,
    cancel: () => {
      socket.off('close', onClose)
      socket.destroy()
    },
  }
}

/** Not yet run on a real Windows. */
function waitForPid(pid: number): EndOfProcess {
  const controller = new AbortController()
  const { promise, resolve } = Promise.withResolvers<void>()
  const wait = execa('powershell', ['-NoProfile', '-Command', `Wait-Process -Id ${pid}`], { reject: false, cancelSignal: controller.signal })
  wait.then(
    () => controller.signal.aborted || resolve(),
    () => resolve(),
  )
  return { promise, cancel: () => controller.abort() }
}
