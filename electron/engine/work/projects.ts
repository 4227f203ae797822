import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import type { ProjectCheck, ProjectFile, ProjectFolder, ProjectTarget } from '#contract/project.ts'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { dockerHost } from '#base/docker-host.ts'
import { type ComposeProject, readProject, runCompose, serviceHashes } from '../compose/compose.ts'
import { projectsOf } from '../docker/project.ts'
import type { EngineParts } from '../parts.ts'
import type { TaskWork } from '../tasks/tasks.ts'
import { presentContainers } from './present-containers.ts'
import { reach } from './reach.ts'

/** The names that Compose looks for in a folder, in its order, and what each is overridden by. */
const fileNames = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml']
const overrides = ['compose.override.yml', 'compose.override.yaml', 'docker-compose.override.yml', 'docker-compose.override.yaml']
const maxFileBytes = 512 * 1024
const labels = { project: 'com.docker.compose.project', service: 'com.docker.compose.service', hash: 'com.docker.compose.config-hash' } as const

/** What is done to a project. */
export interface ProjectWish {
  target: ProjectTarget
  services: string[]
  dockerConfigDir: string | null
}

/** A command of Compose on a project, as a task. */
export function workOnProject(parts: EngineParts, verb: string, { wish, args }: { wish: ProjectWish; args: readonly string[] }): TaskWork {
  const { target, services } = wish
  return {
    name: `project.${verb}`,
    subject: [('name' in target ? target.name : target.folder), ...services].join(' '),
    run: (feed, outer) =>
      reach(parts, outer, async ({ signal }) => {
        const project = await findProject(parts, wish, signal)
        await runCompose(project, [...args, ...services], { onOutput: (text) => feed.write(text), signal })
        return { folder: project.folder }
      }),
  }
}

/** A folder's project as Compose would find it. @throws CoveError `project.unusable`. */
export async function openFolder(parts: EngineParts, folder: string, signal: AbortSignal): Promise<ProjectFolder> {
  const project = folderProject(parts, folder, null)
  const reading = await readProject(project, await textOf(project.files[0]), { content: null, signal })
  const error = reading.problems.find(({ level }) => level === 'error')
  return { folder, name: reading.name, configFiles: [...project.files], problem: error?.message ?? null }
}

/** A remembered folder, whatever became of it. */
export async function describeFolder(parts: EngineParts, folder: string, signal: AbortSignal): Promise<ProjectFolder> {
  return openFolder(parts, folder, signal).catch((error: unknown) => ({ folder, name: null, configFiles: [], problem: toCoveError(error).message }))
}

/** Looks at a project's files and at what bringing it up would change. */
export async function checkProject(parts: EngineParts, target: ProjectTarget, { content, signal }: { content: string | null; signal: AbortSignal }): Promise<ProjectCheck> {
  const project = await findProject(parts, { target, dockerConfigDir: null }, signal)
  const reading = await readProject(project, await textOf(project.files[0]), { content, signal })
  const isValid = !reading.problems.some(({ level }) => level === 'error')
  const name = project.name ?? reading.name
  if (!isValid || !parts.life.maybeSession) return { isValid, name, problems: reading.problems, services: reading.services, orphans: [] }
  const hashes = await serviceHashes(project, { content, signal })
  const containers = await presentContainers(parts.life, signal)
  const present = new Map(containers.filter((each) => each.labels[labels.project] === name).map((each) => [each.labels[labels.service] ?? '', each.labels[labels.hash]]))
  const changeOf = (service: string) => (!present.has(service) ? 'new' : present.get(service) === hashes.get(service) ? 'same' : 'changed')
  const services = reading.services.map((service) => ({ ...service, change: changeOf(service.name) }) as const)
  const orphans = [...present.keys()].filter((service) => service !== '' && !reading.services.some((each) => each.name === service))
  return { isValid, name, problems: reading.problems, services, orphans }
}

/** A project's Compose files. */
export async function readFiles(parts: EngineParts, target: ProjectTarget): Promise<ProjectFile[]> {
  const { files } = await findProject(parts, { target, dockerConfigDir: null })
  return Promise.all(files.map(readOne))
}

/** Writes one of a project's Compose files, and no other. @throws CoveError `project.changed`, `file.unwritable`. */
export async function writeOne(parts: EngineParts, target: ProjectTarget, { path, content, expected }: { path: string; content: string; expected: string }): Promise<ProjectFile> {
  const { files } = await findProject(parts, { target, dockerConfigDir: null })
  if (!files.includes(path)) throw new CoveError('usage.invalid', { message: `"${path}" is none of the project's files: ${files.join(', ')}` })
  if ((await readOne(path)).sha256 !== expected) throw new CoveError('project.changed', { message: `"${path}" was changed by somebody else meanwhile`, about: { path }, hint: 'Read it anew and repeat your change.' })
  const { mode } = await stat(path)
  await writeFileAtomic(path, content, { mode: mode & 0o777 }).catch((error: unknown) => {
    throw new CoveError('file.unwritable', { message: `"${path}" cannot be written: ${toCoveError(error).message}`, about: { path }, cause: error })
  })
  return readOne(path)
}

/** @throws CoveError `project.unknown`, `project.unusable`. */
async function findProject(parts: EngineParts, { target, dockerConfigDir }: Omit<ProjectWish, 'services'>, signal?: AbortSignal): Promise<ComposeProject> {
  if ('folder' in target) return folderProject(parts, target.folder, dockerConfigDir)
  const found = projectsOf(await presentContainers(parts.life, signal)).find(({ name }) => name === target.name)
  if (found) {
    const files = found.configFiles.filter((file) => isAbsolute(file))
    if (files.length === 0 || !existsSync(found.workingDir)) throw new CoveError('project.unusable', { message: `the files of the project "${target.name}" are not on this computer: "${found.workingDir}"`, about: { path: found.workingDir } })
    return { name: target.name, folder: found.workingDir, files, dockerHost: dockerHost(parts.paths.dockerSocket), dockerConfigDir }
  }
  throw new CoveError('project.unknown', { message: `there is no project "${target.name}" with containers`, about: { name: target.name }, hint: 'Name its folder instead.' })
}

/** The files of a folder that Compose takes. */
function folderProject(parts: EngineParts, folder: string, dockerConfigDir: string | null): ComposeProject {
  if (!isAbsolute(folder)) throw new CoveError('usage.invalid', { message: `"${folder}" is not an absolute path` })
  const base = fileNames.find((name) => existsSync(join(folder, name)))
  if (base === undefined) throw new CoveError('project.unusable', { message: `"${folder}" has no Compose file`, about: { path: folder }, hint: `Compose looks for ${fileNames.join(', ')}.` })
  const override = overrides.find((name) => existsSync(join(folder, name)))
  const files = [base, ...(override === undefined ? [] : [override])].map((name) => join(folder, name))
  return { name: null, folder, files, dockerHost: dockerHost(parts.paths.dockerSocket), dockerConfigDir }
}

async function readOne(path: string): Promise<ProjectFile> {
  const content = await textOf(path)
  return { path, content, sha256: createHash('sha256').update(content).digest('hex') }
}

/** @throws CoveError `project.unusable`. */
async function textOf(path: string | undefined): Promise<string> {
  try {
    const about = await stat(path ?? '')
    if (about.isFile() && about.size <= maxFileBytes) return await readFile(path ?? '', 'utf8')
  } catch (error) {
    throw new CoveError('project.unusable', { message: `"${path ?? ''}" cannot be read: ${toCoveError(error).message}`, about: { path: path ?? '' }, cause: error })
  }
  throw new CoveError('project.unusable', { message: `"${path ?? ''}" is no Compose file: it is not a file, or larger than ${maxFileBytes} bytes`, about: { path: path ?? '' } })
}
