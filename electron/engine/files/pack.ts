import { createReadStream } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { basename, isAbsolute, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pack, type Pack } from 'tar-stream'
import { CoveError, toCoveError } from '#contract/errors.ts'

/** One file as a tar. */
export function packOne({ data, ...header }: { name: string; data: Buffer; mode: number; uid: number; gid: number }): AsyncIterable<Uint8Array> {
  const tar = pack()
  tar.entry(header, data)
  tar.finalize()
  return tar as AsyncIterable<Uint8Array>
}

/** Told of each file that went in. */
type OnFile = (path: string, bytes: number) => void

/**
 * Host files and folders as a tar, each under its own name, with the owner root and the host's modes; sockets and devices are left out.
 * Its errors are `file.unreadable`.
 */
export function packHost(paths: readonly string[], onFile: OnFile): AsyncIterable<Uint8Array> {
  const tar = pack()
  void (async () => {
    for (const path of paths) {
      if (!isAbsolute(path)) throw new CoveError('usage.invalid', { message: `"${path}" is not an absolute path` })
      await addPath(tar, { path, name: basename(path) }, onFile)
    }
    tar.finalize()
  })().catch((error: unknown) => tar.destroy(toCoveError(error)))
  return tar as AsyncIterable<Uint8Array>
}

interface HostPath {
  path: string
  name: string
}

async function addPath(tar: Pack, { path, name }: HostPath, onFile: OnFile): Promise<void> {
  const about = await lstat(path).catch((error: unknown) => unreadable(path, error))
  const header = { name, mode: about.mode & 0o7777, mtime: about.mtime, uid: 0, gid: 0 }
  if (about.isSymbolicLink()) return void tar.entry({ ...header, type: 'symlink', linkname: await readlink(path) })
  if (about.isDirectory()) {
    tar.entry({ ...header, type: 'directory' })
    const names = await readdir(path).catch((error: unknown) => unreadable(path, error))
    for (const each of names) await addPath(tar, { path: join(path, each), name: `${name}/${each}` }, onFile)
    return
  }
  if (!about.isFile()) return
  // Of a file that grows meanwhile as much as it had; tar-stream refuses one that shrank.
  if (about.size === 0) tar.entry(header, '')
  else await pipeline(createReadStream(path, { end: about.size - 1 }), tar.entry({ ...header, size: about.size })).catch((error: unknown) => unreadable(path, error))
  onFile(path, about.size)
}

function unreadable(path: string, error: unknown): never {
  throw new CoveError('file.unreadable', { message: `"${path}" cannot be read: ${toCoveError(error).message}`, about: { path }, cause: error })
}
