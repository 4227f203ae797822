import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { useContext } from '#engine/context/docker-context.ts'
import { takeInstanceLock } from '#engine/store/instance-lock.ts'
import { planReset, removeHomeFiles, removeItems } from '#engine/trouble/reset.ts'
import { tempHome } from '../../base/temp-dir.ts'
import { startTestEngine } from '../test-engine.ts'

type Home = ReturnType<typeof tempHome>

/** A home in which Cove has been used, with leftovers of crashes. */
function usedHome(): Home & { dockerConfigDir: string } {
  const home = tempHome()
  const { paths } = home
  for (const dir of [paths.diskDir, paths.keysDir, paths.runDir, paths.cacheDir, paths.logsDir, paths.fwCfgDir]) mkdirSync(dir, { recursive: true })
  const files = [paths.dataDisk, paths.settingsFile, `${paths.settingsFile}.broken-2026`, `${paths.settingsFile}.1234567`, paths.storeFile, `${paths.storeFile}-wal`, `${paths.storeFile}-shm`, paths.hostKey, paths.vmRecord, paths.logs.engine, `${paths.logs.engine}.new`]
  for (const file of files) writeFileSync(file, 'x'.repeat(5000))
  return { ...home, dockerConfigDir: home.at('docker') }
}

/** Every path below a folder. */
function tree(dir: string): string[] {
  return existsSync(dir) ? readdirSync(dir, { recursive: true }).map((name) => join(dir, String(name))).toSorted() : []
}

test('a plan for data lists the data disk with its size, and removing that leaves everything else', async () => {
  await using home = usedHome()
  const plan = await planReset(home.paths, { scope: 'data', dockerConfigDir: home.dockerConfigDir })
  expect(plan).toEqual([{ path: home.paths.diskDir, bytes: 8192, kind: 'dataDisk', what: expect.stringContaining('containers') }])
  const before = tree(home.path)
  await removeItems(plan)
  expect(tree(home.path)).toEqual(before.filter((path) => !path.startsWith(home.paths.diskDir)))
})

test('a plan for all lists exactly what is gone afterwards', async () => {
  await using home = usedHome()
  await useContext(home.dockerConfigDir, home.paths.dockerSocket)
  const lock = takeInstanceLock(home.paths.engineLock)
  const plan = await planReset(home.paths, { scope: 'all', dockerConfigDir: home.dockerConfigDir })
  const listed = plan.map(({ path }) => path)
  expect(new Set(listed).size).toBe(listed.length)
  const before = tree(home.path)
  if (lock) await removeHomeFiles(home.paths, lock)
  await removeItems(plan.filter(({ path }) => path.startsWith(home.dockerConfigDir)))
  const gone = before.filter((path) => !existsSync(path))
  expect(gone.filter((path) => !listed.some((item) => path === item || path.startsWith(`${item}/`)))).toEqual([])
  expect(listed.filter((path) => existsSync(path))).toEqual([])
  expect(existsSync(home.paths.home)).toBe(false)
})

test('files of the user in the home are neither listed nor removed, and keep the home', async () => {
  await using home = usedHome()
  writeFileSync(join(home.paths.home, 'thesis.txt'), 'precious')
  mkdirSync(join(home.paths.home, 'Pictures'))
  symlinkSync(home.path, join(home.paths.home, 'link'))
  const lock = takeInstanceLock(home.paths.engineLock)
  const plan = await planReset(home.paths, { scope: 'all', dockerConfigDir: home.dockerConfigDir })
  expect(plan.map(({ path }) => path)).not.toContain(home.paths.home)
  if (lock) await removeHomeFiles(home.paths, lock)
  expect(readdirSync(home.paths.home).toSorted()).toEqual(['Pictures', 'link', 'thesis.txt'])
})

test('a symbolic link to the data disk\'s folder is removed, not what it points to', async () => {
  await using home = tempHome()
  mkdirSync(home.paths.home)
  mkdirSync(home.at('big-disk'))
  writeFileSync(home.at('big-disk', 'data.qcow2'), 'x')
  symlinkSync(home.at('big-disk'), home.paths.diskDir)
  const plan = await planReset(home.paths, { scope: 'data', dockerConfigDir: home.at('docker') })
  await removeItems(plan)
  expect(existsSync(home.paths.diskDir)).toBe(false)
  expect(existsSync(home.at('big-disk', 'data.qcow2'))).toBe(true)
})

test('a home that was never used has nothing to remove', async () => {
  await using home = tempHome()
  expect(await planReset(home.paths, { scope: 'all', dockerConfigDir: home.at('docker') })).toEqual([])
})

test('the lock is free only after everything else is gone', async () => {
  await using home = usedHome()
  const dispose = vi.fn(() => expect(readdirSync(home.paths.home)).toEqual([]))
  await removeHomeFiles(home.paths, { [Symbol.dispose]: dispose })
  expect(dispose).toHaveBeenCalledTimes(1)
})

test('applying to data stops the vm first and tells what went', async () => {
  await using engine = await startTestEngine()
  mkdirSync(engine.paths.diskDir)
  writeFileSync(engine.paths.dataDisk, 'x')
  await using client = await engine.connect()
  await client.api.engine.start()
  const input = { scope: 'data' as const, dockerConfigDir: engine.paths.cacheDir }
  const plan = await client.api.reset.plan(input)
  expect(await client.api.reset.apply(input)).toEqual(plan)
  expect(engine.fake.vm).toMatchObject({ stops: 1, isRunning: false })
  expect(existsSync(engine.paths.dataDisk)).toBe(false)
  expect(engine.exits).toEqual([])
})

test('applying to all removes the docker context and then asks the engine to end', async () => {
  await using engine = await startTestEngine()
  await using client = await engine.connect()
  const dockerConfigDir = join(engine.paths.home, '..', 'docker')
  await client.api.context.use({ dockerConfigDir })
  await client.api.reset.apply({ scope: 'all', dockerConfigDir })
  expect(tree(dockerConfigDir).filter((path) => path.endsWith('.json'))).toEqual([])
  expect(engine.exits).toEqual([{ keepVm: false, removeHome: true }])
})

test('applying to all with a broken docker configuration removes nothing', async () => {
  await using engine = await startTestEngine()
  await using client = await engine.connect()
  const dockerConfigDir = join(engine.paths.home, '..', 'docker')
  await client.api.context.use({ dockerConfigDir })
  writeFileSync(join(dockerConfigDir, 'config.json'), '{')
  await expect(client.api.reset.apply({ scope: 'all', dockerConfigDir })).rejects.toMatchObject({ code: 'context.file-broken' })
  expect(engine.exits).toEqual([])
})
