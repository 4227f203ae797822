import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { CoveError, toCoveError } from '#contract/errors.ts'
import type { ContextResult } from '#contract/context.ts'
import { dockerHost } from '#base/docker-host.ts'
import { errnoOf } from '#base/errno.ts'
import { withTopLevelText } from './json-edit.ts'

/** The docker context that is Cove's. */
export const contextName = 'cove'
const ownMark = 'Cove'

/** Where docker keeps the context: its folder is the sha256 of its name. docker/cli cli/context/store/metadatastore.go */
export function contextMetaDir(dockerConfigDir: string, name: string = contextName): string {
  return join(dockerConfigDir, 'contexts', 'meta', createHash('sha256').update(name).digest('hex'))
}

/**
 * Makes the docker context `cove` and selects it; every other byte of the user's docker configuration stays.
 * @throws CoveError `context.conflict` when a foreign context has that name, `context.file-broken` when config.json is not JSON.
 */
export async function useContext(dockerConfigDir: string, dockerSocket: string): Promise<ContextResult> {
  const config = await readConfig(dockerConfigDir)
  const host = dockerHost(dockerSocket)
  const existing = await readMeta(dockerConfigDir)
  if (existing && !existing.isOurs) {
    throw new CoveError('context.conflict', {
      message: `there is already a docker context "${contextName}" that Cove did not make (host "${existing.host}"); it was left as it is`,
      about: { name: contextName },
      hint: `Remove it with: docker context rm ${contextName}`,
    })
  }
  const isCurrent = config.current === contextName
  const changed = existing?.host !== host || !isCurrent
  const previous = isCurrent ? existing?.previous : config.current
  const madeConfig = isCurrent ? existing?.madeConfig === true : config.text === undefined
  if (changed) await writeMeta(dockerConfigDir, { host, previous, madeConfig })
  if (!isCurrent) await writeCurrent(config, contextName)
  return { name: contextName, host, isCurrent: true, changed }
}

/** Removes the docker context `cove` if Cove made it, and selects the one that was selected before. */
export async function removeContext(dockerConfigDir: string, dockerSocket: string): Promise<ContextResult> {
  const existing = await readMeta(dockerConfigDir)
  const result = { name: contextName, host: existing?.host ?? dockerHost(dockerSocket), isCurrent: false }
  if (!existing?.isOurs) return { ...result, changed: false }
  const config = await readConfig(dockerConfigDir)
  if (config.current === contextName) await writeCurrent(config, stillThere(dockerConfigDir, existing.previous))
  if (existing.madeConfig && isEmptyObject((await readConfig(dockerConfigDir)).text)) await rm(config.path, { force: true })
  await rm(contextMetaDir(dockerConfigDir), { recursive: true, force: true })
  // What nobody uses any more; a folder with something in it stays.
  for (const folder of [join(dockerConfigDir, 'contexts', 'meta'), join(dockerConfigDir, 'contexts')]) await rmdir(folder).catch(() => undefined)
  return { ...result, changed: true }
}

/** The docker context's folder if Cove made it: what a reset removes. */
export async function ownContextDir(dockerConfigDir: string): Promise<string | undefined> {
  const existing = await readMeta(dockerConfigDir).catch(() => undefined)
  return existing?.isOurs ? contextMetaDir(dockerConfigDir) : undefined
}

/** config.json as it is. */
export interface DockerConfig {
  path: string
  text: string | undefined
  current: string | undefined
}

/** The docker CLI's config.json. @throws CoveError `context.file-broken`. */
export async function readConfig(dockerConfigDir: string): Promise<DockerConfig> {
  const path = join(dockerConfigDir, 'config.json')
  const text = await read(path)
  if (text === undefined || text.trim() === '') return { path, text: undefined, current: undefined }
  const content = parseObject(text)
  if (!content) {
    throw new CoveError('context.file-broken', {
      message: `"${path}" is not a JSON object; it was left untouched`,
      about: { path },
      hint: 'Mend that file, then try again.',
    })
  }
  return { path, text, current: currentOf(content) }
}

/** As strict as docker: no comments, no trailing commas. */
function parseObject(text: string): object | undefined {
  try {
    const content: unknown = JSON.parse(text)
    return typeof content === 'object' && content !== null && !Array.isArray(content) ? content : undefined
  } catch {
    return undefined
  }
}

function isEmptyObject(text: string | undefined): boolean {
  const content = parseObject(text ?? '')
  return content !== undefined && Object.keys(content).length === 0
}

/** The context to go back to, unless it was removed meanwhile: docker fails on one it does not know. */
function stillThere(dockerConfigDir: string, name: string | undefined): string | undefined {
  if (name === undefined || name === 'default') return name
  return existsSync(contextMetaDir(dockerConfigDir, name)) ? name : undefined
}

async function writeCurrent({ path, text }: DockerConfig, name: string | undefined): Promise<void> {
  if (text === undefined) {
    if (name !== undefined) await write(path, `${JSON.stringify({ currentContext: name }, null, '\t')}\n`)
    return
  }
  const edited = withTopLevelText(text, 'currentContext', name)
  // The same key twice: the edit changes one, docker reads the other.
  if (currentOf(parseObject(edited) ?? {}) !== name) {
    throw new CoveError('context.file-broken', { message: `"${path}" names "currentContext" more than once; it was left untouched`, about: { path }, hint: 'Mend that file, then try again.' })
  }
  await write(path, edited)
}

function currentOf(content: object): string | undefined {
  const current = 'currentContext' in content && typeof content.currentContext === 'string' ? content.currentContext : undefined
  return current === '' ? undefined : current
}

interface Meta {
  host: string
  isOurs: boolean
  previous: string | undefined
  /** There was no config.json before ours. */
  madeConfig: boolean
}

async function readMeta(dockerConfigDir: string): Promise<Meta | undefined> {
  const path = join(contextMetaDir(dockerConfigDir), 'meta.json')
  const text = await read(path)
  if (text === undefined) return undefined
  try {
    const meta = JSON.parse(text) as { Metadata?: { Description?: string; CovePrevious?: string; CoveMadeConfig?: boolean }; Endpoints?: { docker?: { Host?: string } } }
    return {
      host: meta.Endpoints?.docker?.Host ?? '',
      isOurs: meta.Metadata?.Description === ownMark,
      previous: meta.Metadata?.CovePrevious,
      madeConfig: meta.Metadata?.CoveMadeConfig === true,
    }
  } catch (error) {
    throw new CoveError('context.file-broken', {
      message: `"${path}" is not JSON (${toCoveError(error).message}); it was left untouched`,
      about: { path },
      hint: `Remove that context with: docker context rm ${contextName}`,
    })
  }
}

async function writeMeta(dockerConfigDir: string, { host, previous, madeConfig }: Omit<Meta, 'isOurs'>): Promise<void> {
  const meta = {
    Name: contextName,
    Metadata: { Description: ownMark, ...(previous === undefined ? {} : { CovePrevious: previous }), ...(madeConfig ? { CoveMadeConfig: true } : {}) },
    Endpoints: { docker: { Host: host, SkipTLSVerify: false } },
  }
  await write(join(contextMetaDir(dockerConfigDir), 'meta.json'), JSON.stringify(meta))
}

/** Writes a file of docker's as private as it was. @throws CoveError `file.unwritable`. */
export async function write(path: string, text: string): Promise<void> {
  try {
    await mkdir(join(path, '..'), { recursive: true, mode: 0o700 })
    // Of what a link points to; the link itself allows everything.
    const mode = (await stat(path).catch(ignoreMissing))?.mode
    await writeFileAtomic(path, text, { mode: mode === undefined ? 0o600 : mode & 0o777 })
  } catch (error) {
    throw new CoveError('file.unwritable', {
      message: `cannot write "${path}": ${toCoveError(error).message}`,
      about: { path },
      hint: 'Check the permissions of that folder.',
      cause: error,
    })
  }
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8').catch(ignoreMissing)
  } catch (error) {
    throw new CoveError('context.file-broken', { message: `cannot read "${path}": ${toCoveError(error).message}`, about: { path }, hint: 'Check the permissions of that folder.', cause: error })
  }
}

function ignoreMissing(error: unknown): undefined {
  if (errnoOf(error) !== 'ENOENT') throw error
}
