import { createWriteStream } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { arch, release } from 'node:os'
import { createGzip } from 'node:zlib'
import { pack } from 'tar-stream'
import { CoveError, toCoveError } from '#contract/errors.ts'
import type { BundleEntry, BundlePreview } from '#contract/doctor.ts'
import { errnoOf } from '#base/errno.ts'
import { redact, redactedJson } from '#base/redact.ts'
import { coveVersion } from '#base/version.ts'
import type { EngineParts } from '../parts.ts'
import { runChecks } from './checks.ts'

const gatherLimitMs = 30_000
/** How much of a long file a preview shows, from its end. */
const previewChars = 64 * 1024

/** What a bundle written now would hold, each file's text cut to its end. */
export async function previewBundle(parts: EngineParts): Promise<BundlePreview[]> {
  const files = await gather(parts)
  return files.map(([name, text]) => ({ name, bytes: Buffer.byteLength(text), text: text.slice(-previewChars) }))
}

/**
 * Writes the diagnostics bundle: logs, settings, status, findings and history, each redacted. It stays on this machine.
 * @throws CoveError `file.unwritable`; an existing file is never overwritten.
 */
export async function writeBundle(parts: EngineParts, path: string): Promise<BundleEntry[]> {
  if (!isAbsolute(path)) throw new CoveError('usage.invalid', { message: `"${path}" is not an absolute path`, hint: 'Name another file with --output.' })
  const files = await gather(parts)
  const tar = pack()
  for (const [name, text] of files) tar.entry({ name, mode: 0o600 }, text)
  tar.finalize()
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 })
  let isOurs = false
  file.once('open', () => (isOurs = true))
  try {
    await pipeline(tar, createGzip(), file)
  } catch (error) {
    if (isOurs) await rm(path, { force: true })
    const reason = errnoOf(error) === 'EEXIST' ? 'it exists already' : toCoveError(error).message
    throw new CoveError('file.unwritable', { message: `cannot write "${path}": ${reason}`, about: { path }, hint: 'Name another file with --output.', cause: error })
  }
  return files.map(([name, text]) => ({ name, bytes: Buffer.byteLength(text) }))
}

async function gather(parts: EngineParts): Promise<[name: string, text: string][]> {
  const { paths, machine, settings, store } = parts
  const asText = (value: unknown): string => `${redactedJson(value, 2)}\n`
  const logs = await Promise.all(
    Object.entries(paths.logs).map(async ([name, path]): Promise<[string, string]> => [`logs/${name}.log`, redact(await readFile(path, 'utf8').catch(() => ''))]),
  )
  return [
    ['about.json', asText({ cove: coveVersion, node: process.version, platform: process.platform, arch: arch(), release: release() })],
    ['status.json', asText(machine.status)],
    ['settings.json', asText(settings.list())],
    ['findings.json', asText(await runChecks(parts, AbortSignal.timeout(gatherLimitMs)))],
    ['events.json', asText(store.events(1000))],
    ['tasks.json', asText(store.tasks(1000))],
    ...logs,
  ]
}
