import { existsSync, realpathSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { readJson } from '#base/json-file.ts'
import { contextMetaDir, contextName } from './docker-context.ts'

const Meta = z.object({ Name: z.string(), Endpoints: z.object({ docker: z.object({ Host: z.string() }) }) })

/** Where docker's context `default` points. */
const defaultHost = process.platform === 'win32' ? 'npipe:////./pipe/docker_engine' : 'unix:///var/run/docker.sock'

/** The DOCKER_HOST a docker context stands for. @throws CoveError `transfer.source-unusable`, naming the contexts there are. */
export async function findContextHost(dockerConfigDir: string, name: string): Promise<string> {
  if (name === 'default') return defaultHost
  const meta = await readMeta(contextMetaDir(dockerConfigDir, name)).catch((error: unknown) => {
    throw new CoveError('transfer.source-unusable', { message: `the docker context "${name}" cannot be read: ${toCoveError(error).message}`, about: { name }, hint: 'See: docker context inspect', cause: error })
  })
  if (meta) return meta.Endpoints.docker.Host
  const others = await listContexts(dockerConfigDir)
  throw new CoveError('transfer.source-unusable', {
    message: `there is no docker context "${name}"`,
    about: { name },
    hint: `Name a socket, or one of: ${[...others, 'default'].join(', ')}`,
  })
}

async function readMeta(folder: string): Promise<z.infer<typeof Meta> | undefined> {
  const content = await readJson(join(folder, 'meta.json'))
  return content === undefined ? undefined : Meta.parse(content)
}

/** Docker's contexts of this machine whose socket is there; not those of Cove's own socket. Nobody is spoken to: that might start something. */
export async function findSources(dockerConfigDir: string, ownSocket: string): Promise<{ name: string; host: string }[]> {
  const metas = await readMetas(dockerConfigDir)
  const named = metas.map(({ Name, Endpoints }) => ({ name: Name, host: Endpoints.docker.Host }))
  const others = [{ name: 'default', host: defaultHost }, ...named].filter(({ name, host }) => name !== contextName && isThere(host) && socketOf(host) !== socketOf(ownSocket))
  // Docker Desktop and others also put themselves where the default is: then they go by their own name.
  return others.filter(({ host }, place) => others.findLastIndex((other) => socketOf(other.host) === socketOf(host)) === place)
}

function socketOf(host: string): string {
  const path = host.replace(/^(unix|npipe):\/\//, '')
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function isThere(host: string): boolean {
  return /^(unix|npipe):\/\//.test(host) && existsSync(host.replace(/^(unix|npipe):\/\//, ''))
}

async function listContexts(dockerConfigDir: string): Promise<string[]> {
  return (await readMetas(dockerConfigDir)).map(({ Name }) => Name)
}

async function readMetas(dockerConfigDir: string): Promise<z.infer<typeof Meta>[]> {
  const root = join(dockerConfigDir, 'contexts', 'meta')
  const folders = await readdir(root).catch((): string[] => [])
  const metas = await Promise.all(folders.map((folder) => readMeta(join(root, folder)).catch(() => undefined)))
  return metas.flatMap((meta) => (meta ? [meta] : [])).toSorted((a, b) => (a.Name < b.Name ? -1 : 1))
}
