import { CoveError } from '#contract/errors.ts'
import { endlessMs, objectPath, query, type DockerApi } from '../docker/docker-api.ts'
import { jsonLines } from '../docker/json-lines.ts'
import { progressNews } from '../docker/layer-progress.ts'
import type { EngineParts } from '../parts.ts'
import { findLogin, registryHeader, registryOf } from '../registries/credentials.ts'
import type { TaskFeed } from '../tasks/task-feed.ts'
import type { TaskWork } from '../tasks/tasks.ts'
import { reach } from './reach.ts'

/** What to pull, and with whose logins. */
export interface Pull {
  api: DockerApi
  image: string
  platform: string | null
  /** Null is the engine's user's own. */
  dockerConfigDir: string | null
}

/** Pulls an image as a task. */
export function pullImage(parts: EngineParts, { image, platform, dockerConfigDir }: Omit<Pull, 'api'>): TaskWork {
  return {
    name: 'image.pull',
    subject: image,
    run: (feed, outer) =>
      reach(parts, outer, async ({ api }) => {
        await pullInto(feed, { api, image, platform, dockerConfigDir })
        return { image }
      }),
  }
}

/** Pushes an image to the registry of its name, as a task. */
export function pushImage(parts: EngineParts, { image, dockerConfigDir }: { image: string; dockerConfigDir: string | null }): TaskWork {
  return {
    name: 'image.push',
    subject: image,
    run: (feed, outer) =>
      reach(parts, outer, async ({ api }) => {
        const { repository, tag } = splitReference(image)
        const headers = await loginHeader(image, dockerConfigDir)
        const answer = await api.stream('POST', `${objectPath('images', repository, 'push').replaceAll('%2F', '/')}${query({ tag })}`, { headers, silenceMs: endlessMs })
        const { Digest: digest } = await followProgress(answer, feed, image)
        return { image, digest: typeof digest === 'string' ? digest : null }
      }),
  }
}

/** Pulls, telling a task how far each layer is. @throws CoveError `docker.refused` with the registry's reason. */
export async function pullInto(feed: TaskFeed, { api, image, platform, dockerConfigDir }: Pull): Promise<void> {
  const { repository, tag } = splitReference(image)
  const headers = await loginHeader(image, dockerConfigDir)
  // Without a tag Docker would pull all of them.
  const answer = await api.stream('POST', `/images/create${query({ fromImage: repository, tag: tag || 'latest', platform })}`, { headers, silenceMs: endlessMs })
  await followProgress(answer, feed, image)
}

/** Tells a task what Docker's lines say; what came of it. @throws CoveError `docker.refused`. */
export async function followProgress(answer: AsyncIterable<Buffer>, feed: TaskFeed, what: string): Promise<Record<string, unknown>> {
  let aux: Record<string, unknown> = {}
  for await (const value of jsonLines(answer)) {
    const news = progressNews(value)
    if (news?.error !== undefined) throw refused(what, news.error)
    if (news?.layer) feed.setLayers([news.layer])
    if (news?.text !== undefined) feed.write(news.text)
    if (news?.aux) aux = { ...aux, ...news.aux }
  }
  return aux
}

/** A name in two: `localhost:5000/a/b:1` is `localhost:5000/a/b` and `1`; a digest counts as a tag. */
export function splitReference(image: string): { repository: string; tag: string } {
  const [, named = image, digest] = /^(.*)@(sha256:[0-9a-f]{64})$/.exec(image) ?? []
  const at = named.lastIndexOf(':')
  const hasTag = at > named.lastIndexOf('/')
  const repository = hasTag ? named.slice(0, at) : named
  return { repository, tag: digest ?? (hasTag ? named.slice(at + 1) : '') }
}

async function loginHeader(image: string, dockerConfigDir: string | null): Promise<Record<string, string>> {
  return registryHeader(await findLogin(registryOf(image), dockerConfigDir ?? undefined))
}

function refused(what: string, said: string): CoveError {
  const needsLogin = /unauthorized|authentication required|no basic auth|access.*denied|denied:/i.test(said)
  return new CoveError('docker.refused', { message: `"${what}": ${said}`, ...(needsLogin ? { hint: `If you may have it, log in first: docker login ${registryOf(what)}` } : {}) })
}
