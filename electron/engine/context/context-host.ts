import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { readJson } from '#base/json-file.ts'
import { contextMetaDir } from './docker-context.ts'

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

async function listContexts(dockerConfigDir: string): Promise<string[]> {
  const root = join(dockerConfigDir, 'contexts', 'meta')
  const folders = await readdir(root).catch((): string[] => [])
  const metas = await Promise.all(folders.map((folder) => readMeta(join(root, folder)).catch(() => undefined)))
  return metas.flatMap((meta) => (meta ? [meta.Name] : [])).toSorted()
}
