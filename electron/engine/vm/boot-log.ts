import { type FSWatcher, watch } from 'node:fs'
import { appendFile, mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Logger } from '#base/log.ts'

/** The most a log of the vm may hold, in bytes. */
export const logCapBytes = 20 * 1024 * 1024

const mark = '--- boot '

/** Begins a boot in a log: caps it and adds the line `--- boot <ISO time> ---`. */
export async function markBoot(path: string, at: Date): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await capLog(path, logCapBytes)
  await appendFile(path, `${mark}${at.toISOString()} ---\n`, { mode: 0o600 })
}

/** The last lines of the present boot, control characters removed, joined by " | ". */
export async function bootTail(path: string, lines: number): Promise<string> {
  return (await linesOfBoot(path)).slice(-lines).join(' | ')
}

/** What the guest said last: of a kernel that fell over why, where and on whose behalf, which stand far above its last line; else the last lines. */
export async function lastWords(path: string, lines: number): Promise<string> {
  const said = await linesOfBoot(path)
  const from = said.findIndex((line) => /\bBUG: |\bOops: |general protection fault|Kernel panic/.test(line))
  if (from === -1) return said.slice(-lines).join(' | ')
  const fall = said.slice(from).map((line) => line.replace(/^\[ *\d+\.\d+\] */, ''))
  const calls = fall.slice(fall.findIndex((line) => line === 'Call Trace:') + 1).filter((line) => /^[^?<].*\+0x/.test(line))
  const telling = [fall[0], fall.find((line) => line.startsWith('RIP: 0010:')), fall.find((line) => line.startsWith('CPU: ')), ...calls.slice(0, 6), fall.find((line) => line.startsWith('Kernel panic'))]
  return [...new Set(telling.filter((line) => line !== undefined))].join(' | ')
}

async function linesOfBoot(path: string): Promise<string[]> {
  const text = (await readEnd(path, 64 * 1024).catch(() => Buffer.alloc(0))).toString('utf8')
  const present = text.slice(text.lastIndexOf(mark))
  const own = present.startsWith(mark) ? present.slice(present.indexOf('\n') + 1) : present
  return own
    .split(/[\r\n]+/)
    .map((line) => printable(line).replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /, ''))
    .filter((line) => line !== '')
}

/**
 * Keeps the newer half of a log that has outgrown its cap, in place: its writer appends and never notices.
 * What it writes during the copy (well under a millisecond per MB) is lost.
 */
export async function capLog(path: string, capBytes: number): Promise<void> {
  const size = await stat(path).then((info) => info.size, () => 0)
  if (size <= capBytes) return
  const kept = await readEnd(path, Math.floor(capBytes / 2))
  // Opened to append like QEMU's own descriptor, so that neither writes over the other.
  const file = await open(path, 'a')
  try {
    await file.truncate(0)
    await file.write(kept.subarray(kept.indexOf(10) + 1))
  } finally {
    await file.close()
  }
}

/** Caps logs while QEMU writes them, at most once a second and only when they change. */
export function keepCapped(paths: readonly string[], log: Logger, capBytes: number = logCapBytes): Disposable {
  const timers = new Map<string, NodeJS.Timeout>()
  const check = (path: string): void => {
    timers.delete(path)
    capLog(path, capBytes).catch((error: unknown) => log.warn('cannot cap a log', { path, error }))
  }
  const onChange = (path: string): void => {
    if (!timers.has(path)) timers.set(path, setTimeout(check, 1000, path).unref())
  }
  const watchers = paths.flatMap((path) => watchFile(path, () => onChange(path), log))
  return {
    [Symbol.dispose]: () => {
      for (const watcher of watchers) watcher.close()
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}

/** A host out of watches (inotify's limit) must not keep a vm from starting: its log is then capped at each boot only. */
function watchFile(path: string, onChange: () => void, log: Logger): FSWatcher[] {
  try {
    const watcher = watch(path, { persistent: false }, onChange)
    watcher.on('error', (error) => log.warn('cannot watch a log', { path, error }))
    return [watcher]
  } catch (error) {
    log.warn('cannot watch a log', { path, error })
    return []
  }
}

async function readEnd(path: string, bytes: number): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(bytes, size)), 0, Math.min(bytes, size), Math.max(0, size - bytes))
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

function printable(line: string): string {
  return line.replaceAll(/\x1b\[[0-9;?]*[A-Za-z]/g, '').replaceAll(/[\x00-\x1f\x7f]/g, '').trim().slice(0, 300)
}
