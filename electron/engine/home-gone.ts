import { closeSync, existsSync, fstatSync, openSync, statSync, watch } from 'node:fs'
import type { Logger } from '#base/log.ts'
import type { CovePaths } from '#base/paths.ts'
import type { Machine } from './life/machine.ts'

/** Whose home it is, and how what runs in it ends. */
export interface HomeGoneOptions {
  paths: Pick<CovePaths, 'home' | 'engineLock' | 'diskDir' | 'logsDir'>
  machine: Pick<Machine, 'status'>
  log: Logger
  /** Stops the vm; may fail, as its files are gone. */
  stop: () => Promise<unknown>
  exit: (options: { keepVm: boolean; isHomeGone: boolean }) => void
}

/**
 * Ends the vm and the engine when their home is deleted or moved away: nobody could reach them there any more, and the
 * next engine's vm would have to share memory and ports with theirs. Not for Windows, which lets nobody delete or move a
 * folder with open files.
 */
export function endWhenHomeIsGone({ paths, machine, log, stop, exit }: HomeGoneOptions): Disposable {
  // Open, it tells a folder that was moved from one that was deleted.
  const logs = openSync(paths.logsDir, 'r')
  const inode = inodeOf(paths.home)
  const end = async (): Promise<void> => {
    // The same folder emptied, or gone with what was in it; another one may lie in its place already.
    const isDeleted = inodeOf(paths.home) === inode || fstatSync(logs).nlink === 0
    log.warn('the home is gone: the vm and the engine end', { home: paths.home, isDeleted })
    const { pid } = machine.status.vm ?? {}
    // What was on its disk is lost. An orderly stop would remove files by their path, where the next engine's may lie by then.
    if (isDeleted && pid !== undefined) process.kill(pid, 'SIGKILL')
    else await stop()
  }
  const watcher = watch(paths.home, { persistent: false }, (event) => {
    // Somebody who removes the lock alone does not mean the vm.
    if (event !== 'rename' || existsSync(paths.engineLock) || existsSync(paths.diskDir)) return
    watcher.close()
    void end()
      .catch((error: unknown) => log.error('the vm did not stop', { error }))
      .finally(() => exit({ keepVm: false, isHomeGone: true }))
  })
  watcher.on('error', (error) => log.warn('the home is no longer watched', { error }))
  return {
    [Symbol.dispose]: () => {
      watcher.close()
      closeSync(logs)
    },
  }
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino
}
