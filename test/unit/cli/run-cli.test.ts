import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { runCli } from '#cli/run-cli.ts'
import { CoveError } from '#contract/errors.ts'
import { FakeEngine, fakeWorld } from './fake-engine.ts'

const docker = { version: '28.5.2', apiVersion: '1.51' }

/** An engine whose start goes through two steps. */
function bootingEngine(): FakeEngine {
  const engine: FakeEngine = new FakeEngine({
    engine: {
      start: async () => {
        engine.show({ state: 'starting', step: 'vm', bootSteps: [] })
        await setImmediate()
        engine.show({ step: 'dockerd', bootSteps: [{ name: 'vm', ms: 1200 }] })
        await setImmediate()
        engine.show({ state: 'running', step: null, docker, bootSteps: [{ name: 'vm', ms: 1200 }, { name: 'dockerd', ms: 3400 }] })
        return engine.status
      },
    },
  })
  return engine
}

test('start shows each finished step once and says where Docker listens', async () => {
  const { io, out, err } = fakeWorld({ engine: bootingEngine() })
  expect(await runCli(['start'], io)).toBe(0)
  expect(out.text()).toBe('')
  expect(err.text().match(/starting QEMU: 1\.2 s/g)).toHaveLength(1)
  expect(err.text().match(/starting Docker: 3\.4 s/g)).toHaveLength(1)
  expect(err.text()).toMatch(/Docker is ready after/)
  expect(err.text()).toContain('unix:///cove/docker.sock')
})

test('start --json prints one document on stdout', async () => {
  const { io, out } = fakeWorld({ engine: bootingEngine() })
  expect(await runCli(['start', '--json'], io)).toBe(0)
  expect(JSON.parse(out.text())).toMatchObject({ state: 'running', docker })
})

test('start on a terminal draws over one line and leaves a check mark for each step', async () => {
  const { io, err } = fakeWorld({ engine: bootingEngine(), columns: 80 })
  expect(await runCli(['start'], io)).toBe(0)
  expect(err.text()).toMatch(/✓.* starting QEMU +.*1\.2 s/)
  expect(err.text()).toContain('\x1b[1A\x1b[J')
})

test('start of a running engine repeats no steps of an older start', async () => {
  const engine: FakeEngine = new FakeEngine({ engine: { start: async () => engine.status } })
  engine.show({ state: 'running', docker, bootSteps: [{ name: 'vm', ms: 1200 }] })
  const { io, err } = fakeWorld({ engine })
  expect(await runCli(['start'], io)).toBe(0)
  expect(err.text()).toContain('already running')
  expect(err.text()).not.toContain('QEMU')
})

test('start --no-wait returns while the start goes on', async () => {
  const engine: FakeEngine = new FakeEngine({
    engine: {
      start: () => {
        engine.show({ state: 'starting', step: 'vm' })
        return new Promise(() => undefined)
      },
    },
  })
  const { io, err } = fakeWorld({ engine })
  expect(await runCli(['start', '--no-wait'], io)).toBe(0)
  expect(err.text()).toContain('cove status --watch')
})

test('an interrupt ends the waiting with 130 and says that the start goes on', async () => {
  const engine = new FakeEngine({ engine: { start: () => new Promise(() => undefined) } })
  const { io, err, interrupt } = fakeWorld({ engine })
  const exit = runCli(['start'], io)
  await setImmediate()
  interrupt()
  expect(await exit).toBe(130)
  expect(err.text()).toContain('goes on in the background')
})

test('a failed start marks the step and exits with the code of the error', async () => {
  const engine: FakeEngine = new FakeEngine({
    engine: {
      start: async () => {
        engine.show({ state: 'starting', step: 'vm' })
        await setImmediate()
        throw new CoveError('vm.start-failed', { message: 'QEMU said\x1b[2J no', hint: 'Mend QEMU.' })
      },
    },
  })
  const { io, err } = fakeWorld({ engine })
  expect(await runCli(['start'], io)).toBe(5)
  expect(err.text()).toMatch(/✗ starting QEMU/)
  expect(err.text()).toMatch(/cove: QEMU said\\x1b\[2J no\n {2}hint: Mend QEMU\.\n$/)
})

test('with --json an error is a document on stdout with the same exit code', async () => {
  const { io, out, err } = fakeWorld()
  expect(await runCli(['config', 'list', '--json'], io)).toBe(4)
  expect(JSON.parse(out.text())).toEqual({ error: { code: 'engine.start-failed', message: 'the engine cannot start here', hint: 'Do not.' } })
  expect(err.text()).toBe('')
})

test('a connection that is lost ends a call instead of hanging', async () => {
  const engine = new FakeEngine({ engine: { stop: () => new Promise(() => undefined) } })
  engine.show({ state: 'running' })
  const { io, err } = fakeWorld({ engine })
  const exit = runCli(['stop'], io)
  await setImmediate()
  engine.vanish()
  expect(await exit).toBe(3)
  expect(err.text()).toContain('the engine went away')
  expect(engine.isDisposed).toBe(true)
})

test('status --watch --json prints one line for each change', async () => {
  const engine = new FakeEngine()
  const { io, out, interrupt } = fakeWorld({ engine })
  const exit = runCli(['status', '--watch', '--json'], io)
  await setImmediate()
  engine.show({ state: 'starting', step: 'vm' })
  await setImmediate()
  interrupt()
  expect(await exit).toBe(130)
  const lines = out.text().trimEnd().split('\n').map((line) => (JSON.parse(line) as { state: string }).state)
  expect(lines).toEqual(['off', 'starting'])
})

test('status shows hostile text of the engine harmlessly', async () => {
  const engine = new FakeEngine()
  engine.show({ state: 'failed', reason: 'guest: \x1b]0;owned\x07\u202egnp', hint: 'See \x9b31m', warnings: ['a\r\x08b'] })
  const { io, out } = fakeWorld({ engine, columns: 80, env: { NO_COLOR: '1' } })
  expect(await runCli(['status'], io)).toBe(0)
  // oxlint-disable-next-line no-control-regex -- they are what must not be there
  expect(out.text()).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
})

test('doctor without a possible engine says so as a finding', async () => {
  const { io, out } = fakeWorld()
  expect(await runCli(['doctor', '--json'], io)).toBe(1)
  expect(JSON.parse(out.text())).toMatchObject([{ name: 'engine', level: 'problem', fix: 'Do not.' }, { name: 'logins' }])
})

const items = [{ path: '/cove/disk', bytes: 2048, what: 'containers' }]

for (const [answer, exitCode, applied] of [['delete\n', 0, 1], ['y\n', 1, 0], [null, 1, 0]] as const) {
  test(`reset on a terminal answered with ${JSON.stringify(answer)} exits with ${exitCode}`, async () => {
    let calls = 0
    const reset = { plan: async () => items, apply: async () => (calls++, items) }
    const { io, err, stdin } = fakeWorld({ engine: new FakeEngine({ reset }), columns: 80 })
    const exit = runCli(['reset', '--data'], io)
    if (answer === null) stdin.end()
    else stdin.write(answer)
    expect(await exit).toBe(exitCode)
    expect(err.text()).toContain('/cove/disk')
    expect(calls).toBe(applied)
  })
}

test('reset without a terminal and without --yes asks the engine nothing', async () => {
  const { io, err } = fakeWorld()
  expect(await runCli(['reset', '--all'], io)).toBe(2)
  expect(err.text()).toContain('--yes')
})

test('stop without an engine says that Cove is off', async () => {
  const { io, err } = fakeWorld()
  expect(await runCli(['stop'], io)).toBe(0)
  expect(err.text()).toContain('already off')
})

