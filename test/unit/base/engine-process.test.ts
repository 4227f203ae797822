import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test, vi } from 'vitest'
import { CoveError } from '#contract/errors.ts'
import { connectEngine } from '#base/engine-client.ts'
import { ensureEngine, makeHome } from '#base/engine-process.ts'
import { covePaths } from '#base/paths.ts'
import { identifyProcess } from '#base/process-identity.ts'
import { takeInstanceLock } from '#engine/store/instance-lock.ts'
import { tempDir, tempHome } from './temp-dir.ts'

const program = (name: string): string => join(import.meta.dirname, 'programs', `${name}.ts`)
const main = join(import.meta.dirname, '../../../electron/engine/main.ts')

/** Those that run; a zombie, whose parent here may be an init that never looks, does not. */
async function alive(pids: Iterable<number>): Promise<number[]> {
  const identities = await Promise.all(Array.from(pids, identifyProcess))
  return identities.flatMap((identity) => (identity ? [identity.pid] : []))
}

/** A home whose engines end with it. */
function engineHome() {
  const home = tempHome()
  const pids = new Set<number>()
  const ensure = (entry = main) => ensureEngine({ paths: home.paths, entry, onSpawn: (pid) => pids.add(pid) })
  return {
    ...home,
    pids,
    ensure,
    [Symbol.asyncDispose]: async () => {
      for (const pid of await alive(pids)) process.kill(pid, 'SIGKILL')
      await vi.waitFor(async () => expect(await alive(pids)).toEqual([]))
      await home[Symbol.asyncDispose]()
    },
  }
}

async function pidOf(client: Awaited<ReturnType<typeof ensureEngine>>): Promise<number> {
  return (await client.api.engine.status()).engine?.pid ?? 0
}

async function errorOf(work: Promise<unknown>): Promise<CoveError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof CoveError) return error
  throw new Error(`no CoveError: ${String(error)}`)
}

describe('the real engine', { timeout: 30_000 }, () => {
  test('is one, however many ask for it at once', async () => {
    await using home = engineHome()
    const clients = await Promise.all(Array.from({ length: 4 }, () => home.ensure()))
    const pids = await Promise.all(clients.map(pidOf))
    expect(new Set(pids).size).toBe(1)
    for (const client of clients) await client[Symbol.asyncDispose]()
    await using again = await home.ensure()
    expect(await pidOf(again)).toBe(pids[0])
    await vi.waitFor(async () => expect(await alive(home.pids)).toEqual([pids[0]]))
  })

  test('is started anew by whoever finds it just ending, and every file of its home is private', async () => {
    await using home = engineHome()
    const first = await home.ensure()
    const firstPid = await pidOf(first)
    await first.api.engine.shutdown({})
    await using second = await home.ensure()
    expect(await pidOf(second)).not.toBe(firstPid)
    await first[Symbol.asyncDispose]()
    expect(await alive([firstPid])).toEqual([])
    const modes = readdirSync(home.paths.home, { recursive: true }).map((name) => [name, statSync(join(home.paths.home, String(name))).mode & 0o077])
    expect(modes.filter(([, mode]) => mode !== 0)).toEqual([])
    expect(modes.length).toBeGreaterThan(4)
  })

  test('is started anew after it was killed, over its stale sockets', async () => {
    await using home = engineHome()
    const first = await home.ensure()
    const pid = await pidOf(first)
    process.kill(pid, 'SIGKILL')
    await first.closed
    expect(existsSync(home.paths.engineSocket)).toBe(true)
    await using second = await home.ensure()
    expect(await pidOf(second)).not.toBe(pid)
  })

  test('takes its sockets away when a signal ends it', async () => {
    await using home = engineHome()
    const client = await home.ensure()
    process.kill(await pidOf(client), 'SIGTERM')
    await client.closed
    await vi.waitFor(() => expect([existsSync(home.paths.engineSocket), existsSync(home.paths.dockerSocket)]).toEqual([false, false]))
    await vi.waitFor(async () => expect(await alive(home.pids)).toEqual([]))
  })

  test('takes over at once from one that is killed before it listens', async () => {
    await using home = engineHome()
    makeHome(home.paths)
    const holder = spawn(process.execPath, [join(import.meta.dirname, '../engine/store/programs/hold-lock.ts'), home.paths.engineLock], { stdio: ['pipe', 'pipe', 'inherit'] })
    await once(holder.stdout, 'data')
    const ensured = home.ensure()
    setTimeout(() => holder.kill('SIGKILL'), 300)
    await using client = await ensured
    expect(await pidOf(client)).toBeGreaterThan(0)
  })

  test('lets whoever started it end', async () => {
    await using home = engineHome()
    const { stdout } = await execa(process.execPath, [program('ensure'), main], { env: { COVE_HOME: home.paths.home }, timeout: 20_000 })
    home.pids.add(Number(stdout))
    expect(await alive([Number(stdout)])).toHaveLength(1)
  })

  test('refuses a home whose lock it cannot take, and says why', async () => {
    await using home = engineHome()
    makeHome(home.paths)
    mkdirSync(home.paths.engineLock)
    expect(await errorOf(home.ensure())).toMatchObject({ code: 'engine.home-unusable', message: expect.stringContaining('engine.lock'), hint: expect.any(String) })
  })

  test('tells a broken settings file as a warning and works', async () => {
    await using home = engineHome()
    makeHome(home.paths)
    writeFileSync(home.paths.settingsFile, '{')
    await using client = await home.ensure()
    expect((await client.api.engine.status()).warnings).toEqual([expect.stringContaining('settings.json')])
    await client.api.setting.set({ name: 'vm.cpus', value: '3' })
    expect((await client.api.engine.status()).warnings).toEqual([expect.stringContaining('broken-')])
  })
})

test('an engine that has a bug says so, its secret kept', async () => {
  await using home = engineHome()
  const error = await errorOf(home.ensure(program('throw')))
  expect(error).toMatchObject({ code: 'engine.start-failed', hint: expect.stringContaining('engine.log') })
  expect(error.message).toMatch(/exit code 1\): TypeError: cannot read token=\*\*\* of undefined/)
})

test('an engine that ends without a word is told by its exit code', async () => {
  await using home = engineHome()
  expect((await errorOf(home.ensure(program('exit-three')))).message).toBe('the engine ended while starting (exit code 3)')
})

test('the reason an engine gives before it ends is what the user sees', async () => {
  await using home = engineHome()
  for (let i = 0; i < 5; i++) {
    expect(await errorOf(home.ensure(program('refuse')))).toMatchObject({ code: 'disk.no-space', message: 'no room "x"', hint: 'make some' })
  }
})

test('an entry that is not there is a failed start', async () => {
  await using home = engineHome()
  expect(await errorOf(home.ensure(home.at('nowhere.ts')))).toMatchObject({ code: 'engine.start-failed' })
})

test('whoever gives up on a hanging start can end', async () => {
  await using home = engineHome()
  const abort = new AbortController()
  const starting = ensureEngine({ paths: home.paths, entry: program('hang'), signal: abort.signal })
  void vi.waitFor(() => expect(existsSync(join(home.paths.home, 'pid'))).toBe(true), { timeout: 5000 }).then(() => abort.abort(new CoveError('operation.cancelled', { message: 'Ctrl-C' })))
  expect((await errorOf(starting)).message).toBe('Ctrl-C')
  const started = performance.now()
  const { stdout } = await execa(process.execPath, [program('ensure'), program('exit-three')], { env: { COVE_HOME: home.paths.home } })
  expect(stdout).toContain('engine.start-failed')
  expect(performance.now() - started).toBeLessThan(5000)
  home.pids.add(Number(readFileSync(join(home.paths.home, 'pid'), 'utf8')))
})

test.each([
  ['a file stands in its place', (path: string) => writeFileSync(path, 'x')],
  ['a file stands in the place of its logs', (path: string) => {
    mkdirSync(path)
    writeFileSync(join(path, 'logs'), 'x')
  }],
  ['a folder stands in the place of its log', (path: string) => mkdirSync(join(path, 'logs', 'engine.log'), { recursive: true })],
])('a home is unusable when %s, and says so', async (_why, spoil) => {
  await using home = engineHome()
  spoil(home.paths.home)
  expect(await errorOf(home.ensure(program('exit-three')))).toMatchObject({ code: 'engine.home-unusable', message: expect.stringContaining(home.paths.home), hint: expect.stringContaining('COVE_HOME') })
})

test('a home that nobody can write to is unusable', async () => {
  expect(await errorOf(ensureEngine({ paths: covePaths('/proc/cove'), entry: program('exit-three') }))).toMatchObject({ code: 'engine.home-unusable' })
})

test('a home is made private with its logs', async () => {
  await using dir = tempDir()
  const paths = covePaths(dir.at('deep', 'home'))
  makeHome(paths)
  expect(statSync(paths.home).mode & 0o777).toBe(0o700)
  expect(statSync(paths.logsDir).mode & 0o777).toBe(0o700)
})

test('without an engine, and over a stale or foreign socket, connecting says what to do', async () => {
  await using home = tempHome()
  makeHome(home.paths)
  expect(await errorOf(connectEngine({ paths: home.paths }))).toMatchObject({ code: 'engine.unreachable', message: expect.stringContaining('engine.sock'), hint: 'Start it with: cove start' })
  writeFileSync(home.paths.engineSocket, '')
  expect(await errorOf(connectEngine({ paths: home.paths }))).toMatchObject({ code: 'engine.unreachable' })
  expect(readFileSync(home.paths.engineSocket, 'utf8')).toBe('')
  using lock = takeInstanceLock(home.paths.engineLock)
  expect(lock).toBeDefined()
})
