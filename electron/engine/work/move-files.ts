import { type LogBatch, LogWish } from '#contract/container-log.ts'
import { Inspection } from '../docker/container-detail.ts'
import { DockerApi, longSilenceMs, objectPath, query } from '../docker/docker-api.ts'
import { LogLines } from '../docker/log-lines.ts'
import { archive, type FilesOf } from '../files/container-files.ts'
import { packHost } from '../files/pack.ts'
import { saveStream } from '../files/save.ts'
import { projectLogs } from './project-logs.ts'
import { reach } from './reach.ts'
import type { EngineParts } from '../parts.ts'
import type { TaskFeed } from '../tasks/task-feed.ts'
import type { TaskWork } from '../tasks/tasks.ts'

/** How often progress is told, in bytes. */
const tellEvery = 256 * 1024

/** A path of a container to a tar on the host. */
export function download(parts: EngineParts, { id, path, to }: { id: string; path: string; to: string }): TaskWork {
  return {
    name: 'container.download',
    subject: `${id}:${path}`,
    run: (feed, outer) =>
      reach(parts, outer, (reached) => saveTree({ ...reached, id }, { path, to, feed })),
  }
}

/** A path of a container to a tar on the host; what a task tells in the end. */
export async function saveTree(of: FilesOf, { path, to, feed }: { path: string; to: string; feed: TaskFeed }): Promise<{ path: string; bytes: number; sha256: string }> {
  const { bytes, sha256 } = await saveStream(await archive(of, path), to, progress(feed, path))
  return { path: to, bytes, sha256 }
}

/** Host files and folders into a folder of a container. */
export function upload(parts: EngineParts, { id, from, path }: { id: string; from: string[]; path: string }): TaskWork {
  return {
    name: 'container.upload',
    subject: `${id}:${path}`,
    run: (feed, outer) =>
      reach(parts, outer, (reached) => putFiles({ ...reached, id }, { path, from, feed })),
  }
}

/** Host files and folders into a folder of a container; what a task tells in the end. */
export async function putFiles({ session, id, signal }: FilesOf, { path, from, feed }: { path: string; from: string[]; feed: TaskFeed }): Promise<{ files: number; bytes: number }> {
  const done = { files: 0, bytes: 0 }
  const tar = packHost(from, (file, bytes) => {
    done.files++
    done.bytes += bytes
    feed.setProgress(file, done.bytes, null)
  })
  await new DockerApi(session.docker.send, signal).do('PUT', `${objectPath('containers', id, 'archive')}${query({ path, noOverwriteDirNonDir: true })}`, { tar, silenceMs: longSilenceMs })
  return done
}

/** A whole log to a host file, its lines as long as they are. */
export function saveLogs(parts: EngineParts, { id, path, timestamps }: { id: string; path: string; timestamps: boolean }): TaskWork {
  return {
    name: 'container.savelogs',
    subject: id,
    run: (feed, outer) =>
      reach(parts, outer, async ({ api }) => {
        const { Config: config } = await api.get(objectPath('containers', id, 'json'), Inspection)
        const log = await api.stream('GET', `${objectPath('containers', id, 'logs')}?stdout=1&stderr=1&timestamps=1`)
        const { bytes } = await saveStream(texts(log, new LogLines({ hasTty: config.Tty, maxLineBytes: Infinity }), timestamps), path, progress(feed, path))
        return { path, bytes }
      }),
  }
}

/** The logs of a project's containers to a host file, the oldest line first, each as long as it is. */
export function saveProjectLogs(parts: EngineParts, { name, path }: { name: string; path: string }): TaskWork {
  return {
    name: 'project.savelogs',
    subject: name,
    run: (feed, outer) =>
      reach(parts, outer, async ({ api, session }) => {
        const logs = projectLogs({ api, live: session.docker.live, project: name, services: [], maxLineBytes: Infinity }, LogWish.parse({}))
        const { bytes } = await saveStream(mergedTexts(logs), path, progress(feed, path))
        return { path, bytes }
      }),
  }
}

async function* mergedTexts(logs: AsyncIterable<LogBatch>): AsyncGenerator<Buffer> {
  for await (const batch of logs) if (batch.kind === 'lines') yield Buffer.from(batch.lines.map(({ at, container, text }) => `${at} ${container} ${text}\n`).join(''))
}

async function* texts(log: AsyncIterable<Buffer>, lines: LogLines, timestamps: boolean): AsyncGenerator<Buffer> {
  const write = (done: ReturnType<LogLines['push']>): Buffer => Buffer.from(done.map(({ at, text }) => (timestamps ? `${at} ${text}\n` : `${text}\n`)).join(''))
  for await (const chunk of log) yield write(lines.push(chunk))
  yield write(lines.end())
}

/** Tells a task how many bytes have moved, not at each of them. */
export function progress(feed: TaskFeed, what: string, totalBytes: number | null = null): (bytes: number) => void {
  let told = -tellEvery
  return (bytes) => {
    if (bytes - told < tellEvery) return
    told = bytes
    feed.setProgress(what, bytes, totalBytes)
  }
}
