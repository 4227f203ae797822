import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test as base } from 'vitest'
import { covePaths, type CovePaths } from '#base/paths.ts'
import { identifyProcess } from '#base/process-identity.ts'
import { CommandContext } from '#cli/context.ts'
import { CoveError } from '#contract/errors.ts'
import { FakeEngine, fakeWorld } from './fake-engine.ts'

const test = base.extend<{ paths: CovePaths }>({
  paths: async ({}, use) => {
    const home = mkdtempSync(join(tmpdir(), 'cove-access-'))
    await use(covePaths(home, 'linux'))
    rmSync(home, { recursive: true, force: true })
  },
})

const limit = { what: 'the test', ms: 1000 }

/** A command context whose engine is started only on demand. */
function contextOf(paths: CovePaths): { cli: CommandContext; ensured: () => number } {
  let ensured = 0
  const { io } = fakeWorld({ env: { COVE_HOME: paths.home } })
  const ensure = async (): Promise<FakeEngine> => (ensured++, new FakeEngine())
  return { cli: new CommandContext({ ...io, ensure }), ensured: () => ensured }
}

function writeRecord(paths: CovePaths, content: unknown): void {
  mkdirSync(dirname(paths.vmRecord), { recursive: true })
  writeFileSync(paths.vmRecord, typeof content === 'string' ? content : JSON.stringify(content))
}

test('no engine is started where there is nothing', async ({ paths }) => {
  const { cli, ensured } = contextOf(paths)
  expect(await cli.engine.useRunning(limit, async () => 'used')).toBeUndefined()
  expect(ensured()).toBe(0)
})

test('an engine is started to take over a vm that still runs', async ({ paths }) => {
  writeRecord(paths, { format: 1, process: await identifyProcess(process.pid) })
  const { cli, ensured } = contextOf(paths)
  expect(await cli.engine.useRunning(limit, async () => 'used')).toBe('used')
  expect(ensured()).toBe(1)
})

test.for([{ process: { pid: process.pid, started: 'another time' } }, 'not json', { pid: 'x' }, null])('a record of no living vm starts nothing: %j', async (record, { expect: check }) => {
  const paths = covePaths(mkdtempSync(join(tmpdir(), 'cove-access-')), 'linux')
  writeRecord(paths, record)
  const { cli, ensured } = contextOf(paths)
  check(await cli.engine.useRunning(limit, async () => 'used')).toBeUndefined()
  check(ensured()).toBe(0)
  rmSync(paths.home, { recursive: true })
})

test('a use of the engine ends at its limit and with the connection closed', async () => {
  const engine = new FakeEngine()
  const { io } = fakeWorld({ engine })
  const use = new CommandContext(io).engine.use({ what: 'an answer', ms: 20 }, () => new Promise(() => undefined))
  await expect(use).rejects.toThrow(expect.objectContaining({ code: 'wait.timeout', message: 'waited 0.02 s for an answer' }))
  expect(engine.isDisposed).toBe(true)
})

test('an error while connecting other than "nobody there" is not taken for off', async () => {
  const { io } = fakeWorld({ engine: new FakeEngine() })
  const refused = new CoveError('engine.unreachable', { message: 'EACCES', cause: Object.assign(new Error('EACCES'), { code: 'EACCES' }) })
  const cli = new CommandContext({ ...io, connect: () => Promise.reject(refused) })
  await expect(cli.engine.useRunning(limit, async () => 'used')).rejects.toBe(refused)
})
