import { freeBytes } from './data-disk.ts'

/** Room the host disk must have again before a vm that stopped for lack of it goes on. */
const enoughBytes = 256 * 1024 * 1024
const intervalMs = 2000

/**
 * Calls `onRoom` once the file system of `dir` has room again. No system tells about free space, so this looks every two
 * seconds, and only while a vm is paused for lack of it.
 */
export function watchForRoom(dir: string, onRoom: () => void): Disposable {
  const look = async (): Promise<void> => {
    if ((await freeBytes(dir).catch(() => 0)) >= enoughBytes) onRoom()
  }
  const timer = setInterval(() => void look(), intervalMs)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
