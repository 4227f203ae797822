import { z } from 'zod'
import { posix } from 'node:path'
import type { FileChange, FileContent, FileEntry, FolderListing } from '#contract/file.ts'
import { CoveError } from '#contract/errors.ts'
import { Inspection } from '../docker/container-detail.ts'
import { DockerRefusal } from '../docker/docker-request.ts'
import { DockerApi, longSilenceMs, objectPath, query } from '../docker/docker-api.ts'
import type { Session } from '../life/parts.ts'
import { fileContent } from './file-content.ts'
import { packOne } from './pack.ts'
import { listFromTar, readFirstFile } from './read-tar.ts'
import { type Listed, listInGuest, type ListingRoot } from './guest-listing.ts'

/** A container whose files are looked at. */
export interface FilesOf {
  session: Pick<Session, 'docker' | 'tunnel'>
  id: string
  signal: AbortSignal
}

const Layers = z.looseObject({ GraphDriver: z.object({ Name: z.string(), Data: z.record(z.string(), z.string()).nullish() }).nullish() })
const Changes = z.array(z.object({ Path: z.string(), Kind: z.int() })).nullish()
const Stat = z.object({ name: z.string(), size: z.number(), mode: z.number(), linkTarget: z.string().default('') })

/** More paths than these are not told. */
const maxChanges = 50_000
const changeNames = ['changed', 'added', 'deleted'] as const

/** What differs from the image. */
export async function changesOf({ session, id, signal }: FilesOf): Promise<FileChange[]> {
  const api = new DockerApi(session.docker.send, signal)
  const found = await api.get(objectPath('containers', id, 'changes'), Changes, { silenceMs: longSilenceMs })
  return (found ?? []).slice(0, maxChanges).map(({ Path: path, Kind: kind }) => ({ path, change: changeNames[kind] ?? 'changed' }))
}

/** A folder's contents, of a container that runs or not, with what differs from the image. */
export async function listFolder(of: FilesOf, asked: string): Promise<FolderListing> {
  const path = posix.normalize(asked).replace(/(.)\/$/, '$1')
  const [{ entries, isComplete }, changes] = await Promise.all([list(of, path), changesOf(of)])
  const here = changes.flatMap(({ path: changed, change }) => (posix.dirname(changed) === path && changed !== '/' ? [[posix.basename(changed), change] as const] : []))
  const marks = new Map(here)
  return {
    path,
    entries: entries.map((entry): FileEntry => ({ ...entry, change: markOf(marks.get(entry.name)) })).toSorted(byKindAndName),
    deleted: here.filter(([, change]) => change === 'deleted').map(([name]) => name),
    isComplete,
  }
}

/** The beginning of a file; links are followed inside the container. */
export async function readFile(of: FilesOf, path: string, limitBytes: number): Promise<FileContent> {
  const found = await readFirstFile(await archive(of, await resolved(of, path)), limitBytes)
  if (found === undefined) throw new CoveError('usage.invalid', { message: `"${path}" is no file that can be read` })
  return fileContent(path, found)
}

/** Writes a file; one that is there keeps owner and mode, a new one belongs to root. */
export async function writeFile(of: FilesOf, path: string, data: Buffer): Promise<void> {
  const target = await resolved(of, path, true)
  const former = await archive(of, target).then((tar) => readFirstFile(tar, 0), () => undefined)
  const api = new DockerApi(of.session.docker.send, of.signal)
  const owner = former ? { mode: former.mode, uid: former.uid, gid: former.gid } : { mode: 0o644, uid: 0, gid: 0 }
  const asked = query({ path: posix.dirname(target), noOverwriteDirNonDir: true })
  await api.do('PUT', `${objectPath('containers', of.id, 'archive')}${asked}`, { tar: packOne({ name: posix.basename(target), data, ...owner }), silenceMs: longSilenceMs })
}

/** A path of a container as tar. */
export async function archive({ session, id, signal }: FilesOf, path: string): Promise<AsyncGenerator<Buffer, void>> {
  return new DockerApi(session.docker.send, signal).stream('GET', `${objectPath('containers', id, 'archive')}${query({ path })}`, { silenceMs: longSilenceMs })
}

/** A file behind links, or where it would be made; Docker resolves those of the folders above by itself. */
async function resolved(of: FilesOf, path: string, mayBeMade = false): Promise<string> {
  let at = path
  for (let depth = 0; depth < 16; depth++) {
    const found = await statOf(of, at).catch((error: unknown) => {
      if (mayBeMade && error instanceof CoveError && error.code === 'docker.not-found') return undefined
      throw error
    })
    if (found === undefined || found.linkTarget === '' || found.linkTarget === at) return at
    at = found.linkTarget
  }
  throw new CoveError('usage.invalid', { message: `"${path}" is a link that leads nowhere` })
}

/** What Docker says of a path in the header of its archive; a link's target comes resolved, from the container's root on. */
async function statOf({ session, id, signal }: FilesOf, path: string): Promise<z.infer<typeof Stat>> {
  let told: unknown
  const onHeaders = (headers: Record<string, unknown>): void => void (told = headers['x-docker-container-path-stat'])
  const asked = { method: 'HEAD', path: `${objectPath('containers', id, 'archive')}${query({ path })}`, signal, onHeaders } as const
  const answer = await session.docker.send(asked).catch((error: unknown) => {
    // An answer to HEAD has no words.
    if (error instanceof DockerRefusal && error.status === 404) throw new CoveError('docker.not-found', { message: `there is no "${path}" in "${id}"` })
    throw error
  })
  for await (const _ of answer);
  const parsed = Stat.safeParse(JSON.parse(Buffer.from(String(told), 'base64').toString('utf8') || 'null'))
  if (parsed.success) return parsed.data
  throw new CoveError('docker.unreachable', { message: `Docker said nothing of "${path}"` })
}

async function list(of: FilesOf, path: string): Promise<Listed> {
  const { session, id, signal } = of
  const found = await new DockerApi(session.docker.send, signal).get(objectPath('containers', id, 'json'), Inspection)
  const root = rootOf(found)
  return root ? listInGuest(session.tunnel, { root, path, signal }) : listFromTar(await archive(of, path))
}

/** Where the guest has a container's files; undefined where only Docker can get at them. */
function rootOf(found: Inspection): ListingRoot | undefined {
  if (found.State.Running && found.State.Pid > 0) return { type: 'process', pid: found.State.Pid }
  const { GraphDriver: driver } = Layers.parse(found)
  const [, id] = /^\/var\/lib\/docker\/overlay2\/([\w-]{1,128})\/diff$/.exec(driver?.Data?.['UpperDir'] ?? '') ?? []
  return driver?.Name === 'overlay2' && id !== undefined ? { type: 'layers', id } : undefined
}

function markOf(change: FileChange['change'] | undefined): FileEntry['change'] {
  return change === undefined || change === 'deleted' ? null : change
}

/** Folders first, then by name as code points: the same everywhere. */
export function byKindAndName(a: Pick<FileEntry, 'kind' | 'name'>, b: Pick<FileEntry, 'kind' | 'name'>): number {
  if ((a.kind === 'folder') !== (b.kind === 'folder')) return a.kind === 'folder' ? -1 : 1
  return a.name < b.name ? -1 : 1
}
