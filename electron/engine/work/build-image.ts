import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { Build } from '#contract/build.ts'
import { CoveError } from '#contract/errors.ts'
import { dockerHost } from '#base/docker-host.ts'
import { BuildProgress, buildFailure, cachedShare, readDockerfile } from '../compose/build-progress.ts'
import { runPlugin } from '../compose/plugin-program.ts'
import type { EngineParts } from '../parts.ts'
import type { TaskWork } from '../tasks/tasks.ts'
import { reach } from './reach.ts'

/** What to build. */
export interface BuildWish {
  folder: string
  dockerfile: string | null
  tags: string[]
  target: string | null
  args: { name: string; value: string }[]
  platform: string | null
  noCache: boolean
  pull: boolean
  dockerConfigDir: string | null
}

/** Most bytes of a Dockerfile that are looked at. */
const maxDockerfile = 1024 * 1024

/** Builds a folder with BuildKit; how it went is remembered, whatever came of it. */
export function buildImage(parts: EngineParts, wish: BuildWish): TaskWork {
  return {
    name: 'build.start',
    subject: wish.tags[0] ?? wish.folder,
    run: (feed, outer) =>
      reach(parts, outer, async ({ signal }) => {
        await requireFolder(wish.folder)
        const progress = new BuildProgress()
        const startedAt = new Date()
        const keep = (outcome: Build['outcome'], error: string | null, imageId: string | null): number | undefined => {
          const { folder, dockerfile, target, tags } = wish
          const failure = outcome === 'failed' ? buildFailure(progress.words) : null
          return parts.store.builds.add({ folder, dockerfile: dockerfile ?? 'Dockerfile', target, tags, startedAt: startedAt.toISOString(), ms: Date.now() - startedAt.getTime(), outcome, error, failure, imageId, ...cachedShare(progress.steps) }, progress.steps)
        }
        try {
          const imageId = await runBuild(parts, wish, { signal, onOutput: (chunk) => feed.setSteps(progress.push(chunk)) })
          feed.setSteps(progress.end())
          if (imageId === undefined) throw failed(progress)
          const build = keep('done', null, imageId)
          return { image: imageId, build: build ?? null }
        } catch (error) {
          feed.write(progress.words)
          keep(signal.aborted ? 'cancelled' : 'failed', error instanceof Error ? error.message : String(error), null)
          throw error
        }
      }),
  }
}

/** The Dockerfiles of a folder. */
export async function dockerfilesOf(folder: string): Promise<{ path: string; stages: string[]; args: { name: string; default: string | null }[] }[]> {
  await requireFolder(folder)
  const names = (await readdir(folder)).filter((name) => /^(?:dockerfile|containerfile)(?:\..+)?$|\.dockerfile$/i.test(name) && !name.endsWith('.dockerignore')).toSorted()
  const found = []
  for (const path of names) {
    const about = await stat(join(folder, path))
    if (about.isFile() && about.size <= maxDockerfile) found.push({ path, ...readDockerfile(await readFile(join(folder, path), 'utf8')) })
  }
  return found
}

/** The image's id; undefined when the build failed. */
async function runBuild(parts: EngineParts, wish: BuildWish, { signal, onOutput }: { signal: AbortSignal; onOutput(chunk: Buffer): void }): Promise<string | undefined> {
  const scratch = await mkdtemp(join(tmpdir(), 'cove-build-'))
  try {
    const idFile = join(scratch, 'id')
    const exitCode = await runPlugin({
      plugin: 'docker-buildx',
      args: buildArgs(wish, idFile),
      cwd: wish.folder,
      dockerHost: dockerHost(parts.paths.dockerSocket),
      dockerConfigDir: wish.dockerConfigDir,
      signal,
      onStdout: () => undefined,
      onStderr: onOutput,
    })
    return exitCode === 0 ? (await readFile(idFile, 'utf8')).trim() : undefined
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** The words after `docker buildx`. */
export function buildArgs(wish: BuildWish, idFile: string): string[] {
  const { folder, dockerfile, tags, target, args, platform, noCache, pull } = wish
  return [
    'build',
    '--builder',
    'default',
    '--progress',
    'rawjson',
    '--iidfile',
    idFile,
    ...(dockerfile === null ? [] : ['--file', isAbsolute(dockerfile) ? dockerfile : join(folder, dockerfile)]),
    ...tags.flatMap((tag) => ['--tag', tag]),
    ...(target === null ? [] : ['--target', target]),
    ...args.flatMap(({ name, value }) => ['--build-arg', `${name}=${value}`]),
    ...(platform === null ? [] : ['--platform', platform]),
    ...(noCache ? ['--no-cache'] : []),
    ...(pull ? ['--pull'] : []),
    folder,
  ]
}

function failed(progress: BuildProgress): CoveError {
  const step = progress.steps.find(({ state }) => state === 'failed')
  const word = progress.words.trim().split('\n').findLast((line) => line.startsWith('ERROR')) ?? progress.words.trim().split('\n').at(-1)
  const failure = buildFailure(progress.words)
  const place = failure === null ? '' : ` at ${failure.file}:${failure.line}`
  return new CoveError('build.failed', { message: `the build failed${place}: ${(step ? `${step.name}: ${step.error ?? ''}` : (word ?? 'it said nothing')).slice(0, 1000)}` })
}

async function requireFolder(folder: string): Promise<void> {
  const about = isAbsolute(folder) ? await stat(folder).catch(() => undefined) : undefined
  if (!about?.isDirectory()) throw new CoveError('file.unreadable', { message: `"${folder}" is not a folder (give it with its whole path)`, about: { path: folder } })
}
