import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { errnoOf } from '#base/errno.ts'

/** What was written. */
export interface Saved {
  path: string
  bytes: number
  sha256: string
}

/**
 * Writes a stream to a host file that appears whole or not at all; readable by the user alone, for it may hold secrets.
 * @throws CoveError `usage.invalid`, `file.unwritable`, `disk.no-space`, and what the source says.
 */
export async function saveStream(source: AsyncIterable<Uint8Array>, path: string, onBytes: (bytes: number) => void = () => undefined): Promise<Saved> {
  if (!isAbsolute(path)) throw new CoveError('usage.invalid', { message: `"${path}" is not an absolute path` })
  const part = `${path}.part`
  const hash = createHash('sha256')
  let bytes = 0
  // Holds the name from the beginning: never overwrites, also what comes meanwhile.
  await using taken = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600).catch((error: unknown) => unwritable(path, error))
  let isDone = false
  try {
    await using file = await open(part, 'w', 0o600).catch((error: unknown) => unwritable(part, error))
    for await (const chunk of source) {
      hash.update(chunk)
      await file.writeFile(chunk).catch((error: unknown) => unwritable(part, error))
      onBytes((bytes += chunk.length))
    }
    await rename(part, path)
    isDone = true
    return { path, bytes, sha256: hash.digest('hex') }
  } finally {
    if (!isDone) {
      await rm(part, { force: true })
      await rm(path, { force: true })
    }
    void taken
  }
}

function unwritable(path: string, error: unknown): never {
  const code = errnoOf(error)
  if (code === 'EEXIST') throw new CoveError('file.unwritable', { message: `"${path}" exists already`, about: { path }, hint: 'Choose another name.' })
  throw new CoveError(code === 'ENOSPC' ? 'disk.no-space' : 'file.unwritable', { message: `"${path}" cannot be written: ${toCoveError(error).message}`, about: { path }, cause: error })
}
