import { randomBytes } from 'node:crypto'
import { chmod, lstat, mkdir, mkdtemp, rename, rm, unlink } from 'node:fs/promises'
import { once } from 'node:events'
import { connect, type Server } from 'node:net'
import { dirname, join } from 'node:path'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { errnoOf } from '#base/errno.ts'

/**
 * Makes a server listen on a unix socket that nobody else could ever open (or on a named pipe on Windows).
 * It is made in a private folder, narrowed to 0600 and moved into place, which also replaces a stale one atomically.
 * @returns what takes the socket away again.
 * @throws CoveError `engine.start-failed` when another program answers there, `file.unwritable`.
 */
export async function listenPrivately(server: Server, path: string): Promise<AsyncDisposable> {
  try {
    if (process.platform === 'win32') return await listenOnPipe(server, path)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await assertFree(path)
    return await listenOnSocket(server, path)
  } catch (error) {
    if (errnoOf(error) === 'EADDRINUSE') throw takenError(path)
    const hint = 'Check the permissions and the free space of that folder.'
    if (error instanceof CoveError) throw new CoveError(error.code, { message: error.message, about: error.about, hint: error.hint ?? hint, cause: error })
    throw new CoveError('file.unwritable', { message: `cannot listen on "${path}": ${toCoveError(error).message}`, about: { path }, hint, cause: error })
  }
}

async function listenOnPipe(server: Server, path: string): Promise<AsyncDisposable> {
  server.listen({ path })
  await once(server, 'listening')
  return { [Symbol.asyncDispose]: async () => undefined }
}

async function listenOnSocket(server: Server, path: string): Promise<AsyncDisposable> {
  const { made, passing } = await privatePlace(dirname(path))
  try {
    server.listen({ path: made })
    await once(server, 'listening')
    await chmod(made, 0o600)
    const { ino } = await lstat(made)
    await rename(made, path)
    return { [Symbol.asyncDispose]: () => removeOwn(path, ino) }
  } catch (error) {
    server.close()
    throw error
  } finally {
    await rm(passing, { recursive: true, force: true })
  }
}

/** Where to make a socket: never longer than "docker.sock", so that it fits wherever that fits. */
async function privatePlace(dir: string): Promise<{ made: string; passing: string }> {
  try {
    const passing = await mkdtemp(join(dir, '.s'))
    return { made: join(passing, 's'), passing }
  } catch (error) {
    if (errnoOf(error) !== 'ENOSPC') throw error
    // A full disk has no block for a folder, but often an inode for a socket; ours lie in a folder that is closed to others anyway.
    const passing = join(dir, `.s${randomBytes(3).toString('hex')}`)
    return { made: passing, passing }
  }
}

/** Removes the socket unless another engine has put its own there since. */
async function removeOwn(path: string, ino: number): Promise<void> {
  const present = await lstat(path).catch(() => undefined)
  if (present?.ino === ino) await unlink(path).catch(() => undefined)
}

async function assertFree(path: string): Promise<void> {
  const present = await lstat(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (!present) return
  if (!present.isSocket()) {
    throw new CoveError('engine.start-failed', {
      message: `"${path}" is in the way: it is not a socket, so Cove does not replace it`,
      hint: 'Move that file away, then try again.',
    })
  }
  if (await isAnswered(path)) throw takenError(path)
}

function isAnswered(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const probe = connect(path, () => resolve(true))
  // EAGAIN: somebody listens, with a full queue.
  probe.once('error', (error) => resolve(errnoOf(error) === 'EAGAIN'))
  return promise.finally(() => probe.destroy())
}

function takenError(path: string): CoveError {
  return new CoveError('engine.start-failed', {
    message: `another program already answers on "${path}"`,
    hint: 'Stop that program, or set COVE_HOME to another folder.',
  })
}
