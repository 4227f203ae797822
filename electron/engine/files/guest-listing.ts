import type { FileEntry } from '#contract/file.ts'
import { CoveError } from '#contract/errors.ts'
import type { GuestProcess, Tunnel } from '../tunnel/tunnel.ts'

/** Lists folders in the guest; resources/guest/files/files.c. */
const program = '/usr/lib/cove/files'
/** 20,000 entries with names and targets as long as may be would be more: such a folder is not listed. */
const longestListing = 16 * 1024 * 1024

const kinds: Readonly<Record<string, FileEntry['kind']>> = { f: 'file', d: 'folder', l: 'link', p: 'fifo', s: 'socket', c: 'device' }

/** Whose folder: that of a running process's root, of a folder in the guest, or of a container's layers while it does not run. */
export type ListingRoot = { type: 'process'; pid: number } | { type: 'folder'; path: string } | { type: 'layers'; id: string }

/** Entries as they lie there; what differs from the image is not known here. */
export interface Listed {
  entries: Omit<FileEntry, 'change'>[]
  isComplete: boolean
}

/** Lists a folder below a root that nothing leads out of. @throws CoveError `docker.not-found`, `vm.guest-failed`. */
export async function listInGuest(tunnel: Tunnel, { root, path, signal }: { root: ListingRoot; path: string; signal: AbortSignal }): Promise<Listed> {
  const words = [program, root.type === 'layers' ? 'layers' : 'list', rootWord(root), path]
  await using process = await tunnel.run({ command: `exec ${words.map(quoted).join(' ')}`, tty: null, signal })
  process.stdin.end()
  const [output, complaint, { exitCode }] = await Promise.all([collect(process, longestListing), collectText(process.stderr), process.exited])
  if (exitCode === 0) return parseListing(output)
  if (exitCode === 2 || exitCode === 3) throw new CoveError('docker.not-found', { message: exitCode === 2 ? `there is no "${path}"` : `"${path}" is not a folder` })
  throw new CoveError('vm.guest-failed', { message: `"${path}" cannot be listed: ${complaint.trim().slice(0, 500) || 'the guest said nothing'}` })
}

/** The beginning of a file below a root that nothing leads out of; links are followed inside it. @throws CoveError `docker.not-found`, `usage.invalid`, `vm.guest-failed`. */
export async function readInGuest(tunnel: Tunnel, { root, path, limitBytes, signal }: { root: string; path: string; limitBytes: number; signal: AbortSignal }): Promise<{ size: number; mode: number; data: Buffer }> {
  await using process = await tunnel.run({ command: `exec ${[program, 'read', root, path, String(limitBytes)].map(quoted).join(' ')}`, tty: null, signal })
  process.stdin.end()
  const [output, complaint, { exitCode }] = await Promise.all([collect(process, limitBytes + 100), collectText(process.stderr), process.exited])
  if (exitCode === 0) return parseFile(output)
  if (exitCode === 5) throw new CoveError('usage.invalid', { message: `"${path}" is no file that can be read` })
  if (exitCode === 2 || exitCode === 3) throw new CoveError('docker.not-found', { message: `there is no "${path}"` })
  throw new CoveError('vm.guest-failed', { message: `"${path}" cannot be read: ${complaint.trim().slice(0, 500) || 'the guest said nothing'}` })
}

/** What files.c prints of a file. @throws CoveError `vm.guest-failed` when it is something else. */
export function parseFile(output: Buffer): { size: number; mode: number; data: Buffer } {
  const end = output.indexOf(0)
  const [, size, mode] = /^(\d{1,19}) ([0-7]{1,4})$/.exec(output.subarray(0, end).toString('latin1')) ?? []
  if (end < 0 || size === undefined || mode === undefined) throw new CoveError('vm.guest-failed', { message: 'the guest sent no file' })
  return { size: Number(size), mode: Number.parseInt(mode, 8), data: output.subarray(end + 1) }
}

/** What files.c prints of a folder. @throws CoveError `vm.guest-failed` when it is something else. */
export function parseListing(output: Buffer): Listed {
  const fields = output.toString('utf8').split('\0')
  const end = fields.pop()
  if (end !== '.' && end !== '+') throw new CoveError('vm.guest-failed', { message: 'a folder listing of the guest was cut off' })
  const entries: Listed['entries'] = []
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [kind = '', bytes, mode = '', uid, gid, seconds] = (fields[at] ?? '').split(' ')
    entries.push({
      name: fields[at + 1] ?? '',
      kind: kinds[kind] ?? 'file',
      bytes: Number(bytes),
      mode: Number.parseInt(mode, 8),
      uid: Number(uid),
      gid: Number(gid),
      modifiedAt: new Date(clampMs(Number(seconds) * 1000)).toISOString(),
      target: kind === 'l' ? (fields[at + 2] ?? '') : null,
    })
  }
  return { entries, isComplete: end === '.' }
}

/** A time that a Date can hold: the guest's files may claim any. */
export function clampMs(ms: number): number {
  return Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? ms : 0
}

function rootWord(root: ListingRoot): string {
  if (root.type === 'process') return `/proc/${Math.trunc(root.pid)}/root`
  return root.type === 'folder' ? root.path : root.id
}

/** A word of a POSIX shell. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}

async function collect(process: GuestProcess, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of process.stdout) {
    chunks.push(chunk as Buffer)
    if ((length += (chunk as Buffer).length) > limit) throw new CoveError('vm.guest-failed', { message: 'the guest sent more than it was asked for' })
  }
  return Buffer.concat(chunks)
}

async function collectText(stream: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const chunk of stream) text = (text + String(chunk)).slice(-2000)
  return text
}
