import { appendFileSync, existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { toCoveError } from '#contract/errors.ts'
import { makeHome, type EngineGreeting } from '#base/engine-process.ts'
import { covePaths, type CovePaths } from '#base/paths.ts'
import { redact } from '#base/redact.ts'
import { leaveOutUndici } from '#base/without-undici.ts'
import { openEngine } from './engine.ts'
import { claimHome } from './instance.ts'
import { loadMemoryTrim } from './memory-trim.ts'
import type { EngineExit } from './parts.ts'
import { touchLock } from './store/instance-lock.ts'
import { removeHomeFiles } from './trouble/reset.ts'
import { guestArch } from './vm/host.ts'

/** Minutes would do; short enough that a forgotten engine costs nothing, long enough for a script of several commands. */
const idleExitMs = 30_000

// Sockets and files are born private; there is no moment in which others could open them.
process.umask(0o077)

leaveOutUndici()

// Meant for this process (base/engine-process.ts), not for QEMU and the others it starts.
for (const name of Object.keys(process.env)) if (name.startsWith('MALLOC_')) delete process.env[name]

async function main(): Promise<void> {
  const paths = covePaths()
  makeHome(paths)
  logCrash(paths)
  loadMemoryTrim(bundled('memory-trim.node'))
  const nativeBinding = bundled('better_sqlite3.node')
  using lock = await claimHome(paths, nativeBinding)
  // Another engine serves this home already, which is all our starter wants to hear.
  if (!lock) return await greet({ type: 'listening' })
  const ending = Promise.withResolvers<EngineExit>()
  // A signal ends the engine, never the vm: containers go on and the next engine re-attaches.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => ending.resolve({ keepVm: true }))
  const engine = await openEngine({
    paths,
    guestDir: process.env['COVE_GUEST_DIR'] ?? guestDir(),
    ...(nativeBinding === undefined ? {} : { nativeBinding }),
    qemuLibrary: bundled('accept-queue.so'),
    idleExitMs,
    onExit: ending.resolve,
  })
  // Those who wait for the home hear of a file's change, on Windows of nothing else.
  touchLock(paths.engineLock)
  void greet({ type: 'listening' })
  const { removeHome, isHomeGone } = await ending.promise
  // What closing would remove by its path may be the next engine's by now.
  if (isHomeGone) return
  await engine[Symbol.asyncDispose]()
  if (removeHome) await removeHomeFiles(paths, lock)
}

/** A file beside the bundle; undefined when running from the sources. */
function bundled(name: string): string | undefined {
  const path = fileURLToPath(new URL(name, import.meta.url))
  return existsSync(path) ? path : undefined
}

/** The guest image: packaged beside the engine, or built into dist/guest of the checkout. */
function guestDir(): string {
  const arch = guestArch() === 'arm64' ? 'arm64' : 'amd64'
  const candidates = [`../guest/${arch}`, `../../dist/guest/${arch}`].map((path) => fileURLToPath(new URL(path, import.meta.url)))
  return candidates.find((path) => existsSync(path)) ?? candidates[0] ?? ''
}

/** The last words of an engine that has a bug, in its log and without secrets; stderr may be a log rotated away since. */
function logCrash(paths: CovePaths): void {
  process.on('uncaughtException', (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    try {
      appendFileSync(paths.logs.engine, `${new Date().toISOString()} error engine: crashed: ${redact(text)}\n`, { mode: 0o600 })
    } finally {
      process.exit(1)
    }
  })
}

async function greet(greeting: EngineGreeting): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (process.connected) process.send?.(greeting, () => resolve())
  else resolve()
  await promise
  if (process.connected) process.disconnect()
}

/** Everything is closed by now. Node's own way out may wait for ever for V8's worker thread (nodejs/node#64274: seen with 24.18 to 26, here with 24.21). */
function leave(): void {
  process.kill(process.pid, 'SIGKILL')
  process.exit(0)
}

main().then(
  leave,
  (error: unknown) => {
    const { code, message, hint, about } = toCoveError(error, 'engine.start-failed')
    console.error(`${new Date().toISOString()} error engine: ${redact(message)}`)
    if (!process.connected) process.exit(1)
    process.send?.({ type: 'failed', code, message, hint: hint ?? null, about: about ?? null } satisfies EngineGreeting, () => process.exit(1))
  },
)
