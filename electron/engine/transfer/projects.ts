import { isUtf8 } from 'node:buffer'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import type { LeftOut } from '#contract/transfer.ts'
import { toCoveError } from '#contract/errors.ts'
import type { ContainerSummary } from '../docker/docker-shapes.ts'
import { maxProjectFileBytes, type ProjectItem } from './archive/manifest.ts'

/** A Compose project, as the labels of its containers tell of it. */
export interface Project {
  name: string
  /** On the host; empty when no label says so. */
  workingDir: string
  /** Paths on the host. */
  composeFiles: string[]
  envFiles: string[]
  imageIds: string[]
}

const label = 'com.docker.compose.project'

/** The projects that have containers. */
export function findProjects(containers: readonly ContainerSummary[]): Project[] {
  const projects = new Map<string, Project>()
  for (const { Labels, ImageID } of containers) {
    const name = Labels[label]
    if (name === undefined || !/^[a-z0-9][a-z0-9_-]{0,254}$/.test(name)) continue
    const project = projects.get(name) ?? newProject(name, Labels)
    projects.set(name, project)
    if (!project.imageIds.includes(ImageID)) project.imageIds.push(ImageID)
  }
  return [...projects.values()]
}

function newProject(name: string, labels: Record<string, string>): Project {
  const paths = (key: string): string[] => (labels[`${label}.${key}`] ?? '').split(',').filter((path) => isAbsolute(path))
  const workingDir = labels[`${label}.working_dir`] ?? ''
  const named = paths('environment_file')
  const envFiles = named.length > 0 || !isAbsolute(workingDir) ? named : [join(workingDir, '.env')]
  return { name, workingDir, composeFiles: paths('config_files'), envFiles, imageIds: [] }
}

/**
 * A project's files from the host. What the labels name is a container's word: only files that Compose itself would read
 * are taken, by their names, from the project's folder, and never through a link.
 */
export async function readProject(project: Project, withEnv: boolean): Promise<{ item: ProjectItem; leftOut: LeftOut[] }> {
  const leftOut: LeftOut[] = []
  const item: ProjectItem = { kind: 'project', name: project.name, files: [], imageIds: project.imageIds }
  const skip = (path: string, why: string): void => void leftOut.push({ what: `${path} of project ${project.name}`, why })
  const take = async (path: string, isOptional: boolean): Promise<void> => {
    const text = await readPlain(path).catch((error: unknown) => {
      if (!isOptional || !isMissing(error)) skip(path, toCoveError(error).message)
      return undefined
    })
    if (text !== undefined) item.files.push({ name: basename(path), text })
  }
  for (const path of project.composeFiles) {
    if (!/\.ya?ml$/.test(path)) skip(path, 'its name is not one of a compose file')
    else if (dirname(path) !== project.workingDir) skip(path, `it lies outside of the project's folder "${project.workingDir}"`)
    else await take(path, false)
  }
  for (const path of project.envFiles) {
    if (dirname(path) !== project.workingDir || !/(^|\.)env(\.|$)/.test(basename(path))) skip(path, 'its name is not one of an env file of this project')
    else if (withEnv) await take(path, true)
    else if (await exists(path)) skip(path, 'it may hold secrets; take it along with: --with-env')
  }
  return { item, leftOut }
}

/** A small text file that is no link. */
async function readPlain(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  try {
    const info = await file.stat()
    if (!info.isFile()) throw new Error('it is no plain file')
    if (info.size > maxProjectFileBytes) throw new Error('it is too long')
    const data = await file.readFile()
    if (data.length > maxProjectFileBytes) throw new Error('it is too long')
    if (!isUtf8(data)) throw new Error('it is no text in UTF-8')
    return data.toString('utf8')
  } finally {
    await file.close()
  }
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT'
}

async function exists(path: string): Promise<boolean> {
  return readPlain(path).then(
    () => true,
    (error: unknown) => !isMissing(error),
  )
}
