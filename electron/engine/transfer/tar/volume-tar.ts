import { CoveError, toCoveError } from '#contract/errors.ts'
import { TarScanner, type TarEntry } from './tar-scanner.ts'

/** Where a volume is mounted in the container it is read and written through; the name of its root in its tar. */
export const volumeRoot = 'v'

/**
 * A volume's tar, passed on unchanged while it is looked at: nothing in it may lie, or link hard, outside the volume, and it must be whole.
 * @throws CoveError `archive.corrupt`.
 */
export async function* checkedVolumeTar(source: AsyncIterable<Buffer>, volume: string): AsyncGenerator<Buffer, void> {
  const refuse = (error: unknown): never => {
    throw new CoveError('archive.corrupt', { message: `the contents of volume "${volume}" are refused: ${toCoveError(error).message}`, cause: error })
  }
  let entries = 0
  const scanner = new TarScanner({ onEntry: (entry) => requireInside(entry, entries++) })
  for await (const chunk of source) {
    try {
      scanner.push(chunk)
    } catch (error) {
      refuse(error)
    }
    yield chunk
  }
  try {
    scanner.end()
    if (entries === 0) throw new Error('they are empty')
  } catch (error) {
    refuse(error)
  }
}

function requireInside({ name, kind, target }: TarEntry, index: number): void {
  if (index === 0 && (kind !== 'folder' || !isInside(name, true))) throw new Error(`they do not begin with the volume itself but with "${shown(name)}"`)
  if (!isInside(name, kind === 'folder')) throw new Error(`"${shown(name)}" lies outside of it`)
  if (kind === 'hard-link' && !isInside(target, false)) throw new Error(`"${shown(name)}" is a hard link to "${shown(target)}"`)
}

/** Whether a path is below the root, without a detour; the root itself only as a folder. */
function isInside(path: string, isFolder: boolean): boolean {
  const [root, ...parts] = (isFolder ? path.replace(/\/$/, '') : path).split('/')
  return root === volumeRoot && (isFolder || parts.length > 0) && parts.every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'))
}

function shown(path: string): string {
  return path.length > 200 ? `${path.slice(0, 200)}…` : path
}
