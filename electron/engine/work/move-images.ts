import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { endlessMs, longSilenceMs } from '../docker/docker-api.ts'
import { saveStream } from '../files/save.ts'
import type { EngineParts } from '../parts.ts'
import type { TaskWork } from '../tasks/tasks.ts'
import { progress } from './move-files.ts'
import { followProgress } from './pull-push.ts'
import { reach } from './reach.ts'

/** Images to one tar on the host. */
export function saveImages(parts: EngineParts, { images, path }: { images: string[]; path: string }): TaskWork {
  return {
    name: 'image.save',
    subject: images.join(', '),
    run: (feed, outer) =>
      reach(parts, outer, async ({ api }) => {
        const asked = images.map((image) => `names=${encodeURIComponent(image)}`).join('&')
        const { bytes, sha256 } = await saveStream(await api.stream('GET', `/images/get?${asked}`, { silenceMs: longSilenceMs }), path, progress(feed, path))
        return { path, bytes, sha256 }
      }),
  }
}

/** A tar of the host's into Docker. */
export function loadImages(parts: EngineParts, { path }: { path: string }): TaskWork {
  return {
    name: 'image.load',
    subject: path,
    run: (feed, outer) =>
      reach(parts, outer, async ({ api }) => {
        if (!isAbsolute(path)) throw new CoveError('usage.invalid', { message: `"${path}" is not an absolute path` })
        const { size } = await stat(path).catch((error: unknown) => unreadable(path, error))
        const before = feed.output.length
        const answer = await api.stream('POST', '/images/load', { tar: counted(path, progress(feed, path, size)), silenceMs: endlessMs })
        await followProgress(answer, feed, path)
        const loaded = [...feed.output.slice(before).matchAll(/^Loaded image(?: ID)?: (.+)$/gm)].map(([, name = '']) => name.trim())
        return { loaded: loaded.join(',') }
      }),
  }
}

async function* counted(path: string, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  let bytes = 0
  try {
    for await (const chunk of createReadStream(path)) {
      onBytes((bytes += (chunk as Buffer).length))
      yield chunk as Buffer
    }
  } catch (error) {
    unreadable(path, error)
  }
}

function unreadable(path: string, error: unknown): never {
  throw new CoveError('file.unreadable', { message: `"${path}" cannot be read: ${toCoveError(error).message}`, about: { path }, cause: error })
}
