import { readFile } from 'node:fs/promises'
import writeFileAtomic from 'write-file-atomic'
import { toCoveError, CoveError } from '#contract/errors.ts'
import { errnoOf } from './errno.ts'

/** The parsed content of a JSON file (Windows editors may begin it with a byte order mark), or undefined when there is none. Throws on unreadable or malformed content. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : (JSON.parse(text.replace(/^\uFEFF/, '')) as unknown)
}

/**
 * Writes a JSON file so that a crash or full disk leaves either the old or the new content.
 * @throws CoveError `file.unwritable`, or `disk.no-space` when the host disk is full.
 */
export async function writeJson(path: string, value: unknown, mode = 0o600): Promise<void> {
  try {
    await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`, { mode })
  } catch (error) {
    throw new CoveError(errnoOf(error) === 'ENOSPC' ? 'disk.no-space' : 'file.unwritable', {
      message: `cannot write "${path}": ${toCoveError(error).message}`,
      about: { path },
      hint: 'Check the free space and the permissions of that folder, then try again.',
      cause: error,
    })
  }
}
