import { describe, expect, test, vi } from 'vitest'
import { CoveError } from '#contract/errors.ts'
import { expectAllClosed } from './expect-all-closed.ts'
import { FakeParts } from './fake-parts.ts'
import { Gate } from './fake-vm.ts'

const signal = AbortSignal.timeout(10_000)

async function running(): Promise<FakeParts> {
  const parts = new FakeParts()
  await parts.life.start()
  parts.states.length = 0
  return parts
}

async function asleep(): Promise<FakeParts> {
  const parts = await running()
  await parts.life.sleep()
  return parts
}

/** A vm that falls asleep and hangs in one of its steps. */
async function fallingAsleep(step: 'flush' | 'save'): Promise<{ parts: FakeParts; gate: Gate; sleep: Promise<unknown> }> {
  const parts = await running()
  const gate = new Gate()
  const [tunnel] = parts.tunnels
  if (step === 'flush' && tunnel) tunnel.captureGate = gate
  else parts.vm.saveGate = gate
  const sleep = parts.life.sleep()
  sleep.catch(() => undefined)
  await gate.reached
  return { parts, gate, sleep }
}

test('the guest writes everything to its disk before its memory is saved; then nothing is open any more', async () => {
  const parts = await running()
  const status = await parts.life.sleep()
  expect(status).toMatchObject({ state: 'sleeping', step: null, vm: null, docker: null })
  expect(parts.tunnels[0]?.captured).toEqual(['sync'])
  expect(parts.vm.prepared).toBe(1)
  expect(parts.vm).toMatchObject({ saves: 1, stops: 0, isRunning: false })
  expect(parts.saved).toMatchObject({ note: { containers: 0, ports: [{ hostPort: 8080 }] } })
  expectAllClosed(parts)
  expect(parts.states).toEqual(['sleeping'])
  expect(parts.tasks).toEqual(['start done', 'sleep done'])
  expect(parts.events).toContain('engine.sleeping')
  expect((await parts.life.sleep()).state).toBe('sleeping')
})

test('a guest that does not prepare its next tunnel sleeps all the same', async () => {
  const parts = await running()
  parts.vm.onPrepare = () => Promise.reject(new Error('this guest is older'))
  expect((await parts.life.sleep()).state).toBe('sleeping')
  expect(parts.vm.saves).toBe(1)
})

test('a start wakes it, its clock set right before anything else', async () => {
  const parts = await asleep()
  parts.states.length = 0
  const [one, two] = await Promise.all([parts.life.start(), parts.life.start()])
  expect(one).toBe(two)
  expect(one).toMatchObject({ state: 'running', docker: { version: '28.5.2' } })
  expect(one.bootSteps.map(({ name }) => name)).toEqual(['image', 'memory', 'tunnel', 'docker'])
  expect(parts.vm.clock).toBeGreaterThan(1_600_000_000_000)
  expect(parts.states).toEqual(['waking', 'running'])
  expect(parts.saved).toBeUndefined()
})

test('a connection to docker.sock wakes it and is served; so is whoever needs a session', async () => {
  const parts = await asleep()
  await Promise.all([parts.life.openDockerSocket(signal), parts.life.openDockerSocket(signal), parts.life.awake(signal)])
  expect(parts.machine.state).toBe('running')
  expect(parts.tunnels[1]?.sockets).toBe(2)
  expect(parts.vms).toHaveLength(2)
})

test('memory that does not fit is passed over: it boots, still in one waking', async () => {
  const parts = await asleep()
  parts.unfit = 'QEMU is another one'
  parts.states.length = 0
  const status = await parts.life.start()
  expect(status.bootSteps.map(({ name }) => name)).toEqual(expect.arrayContaining(['memory', 'vm', 'dockerd']))
  expect(parts.states).toEqual(['waking', 'running'])
  expect(parts.events).toContain('vm.saved-discarded')
})

test('an engine that finds a saved vm is one of a sleeping vm, since then', async () => {
  const parts = new FakeParts()
  parts.saved = { savedAt: new Date('2026-01-02T03:04:05Z'), bytes: 1, note: { containers: 1, ports: [] } }
  expect(await parts.life.attach(signal)).toBe(false)
  expect(parts.machine.status).toMatchObject({ state: 'sleeping', since: '2026-01-02T03:04:05.000Z' })
  await parts.life.openDockerSocket(signal)
  expect(parts.machine.state).toBe('running')
})

describe('a stop', () => {
  test('of a sleeping vm without containers throws its memory away', async () => {
    const parts = await asleep()
    expect((await parts.life.stop()).state).toBe('off')
    expect(parts.saved).toBeUndefined()
    expect(parts.vms).toHaveLength(1)
    expectAllClosed(parts)
  })

  test('of a sleeping vm with containers lets it run on to power off in order', async () => {
    const parts = await running()
    parts.containers.set('a', 'running')
    await vi.waitFor(() => expect(parts.life.session.docker.live.alive).toBe(1))
    await parts.life.sleep()
    expect((await parts.life.stop()).state).toBe('off')
    expect(parts.vms).toHaveLength(2)
    expect(parts.vm).toMatchObject({ stops: 1, isRunning: false })
    expect(parts.saved).toBeUndefined()
    expectAllClosed(parts)
  })

  test.each(['flush', 'save'] as const)('while it falls asleep (%s) ends it, and nothing sleeps', async (step) => {
    const { parts, sleep } = await fallingAsleep(step)
    expect((await parts.life.stop()).state).toBe('off')
    await expect(sleep).rejects.toMatchObject({ code: 'operation.cancelled' })
    expect(parts.vm).toMatchObject({ stops: 1, isRunning: false })
    expect(parts.saved).toBeUndefined()
    expectAllClosed(parts)
  })

  test.each(['restore', 'tunnel', 'docker'] as const)('while it wakes (%s) ends it', async (step) => {
    const parts = await asleep()
    const gate = (parts.gates[step] = new Gate())
    const start = parts.life.start()
    start.catch(() => undefined)
    await gate.reached
    expect((await parts.life.stop()).state).toBe('off')
    await expect(start).rejects.toMatchObject({ code: 'operation.cancelled' })
    expect(parts.vms.filter((vm) => vm.isRunning)).toEqual([])
    expect(parts.saved).toBeUndefined()
    expectAllClosed(parts)
  })
})

describe.each(['flush', 'save'] as const)('while it falls asleep (%s)', (step) => {
  test('whoever needs Docker cancels it and is served', async () => {
    const { parts, sleep } = await fallingAsleep(step)
    await parts.life.openDockerSocket(signal)
    await expect(sleep).rejects.toMatchObject({ code: 'operation.cancelled' })
    expect(parts.machine.state).toBe('running')
    expect(parts.vms).toHaveLength(1)
    expect(parts.vm).toMatchObject({ stops: 0, isRunning: true })
    await parts.life.stop()
    expect(parts.tunnels.map((tunnel) => tunnel.disposals)).toEqual(parts.tunnels.map(() => 1))
  })

  test('the end of the engine leaves the vm running', async () => {
    const { parts, sleep } = await fallingAsleep(step)
    await parts.life[Symbol.asyncDispose]()
    await expect(sleep).rejects.toMatchObject({ code: 'engine.stopped' })
    expect(parts.vm).toMatchObject({ stops: 0, isRunning: true })
    expect(parts.saved).toBeUndefined()
    expectAllClosed(parts)
  })

  test('the end of the vm is a failure that says why', async () => {
    const { parts, gate, sleep } = await fallingAsleep(step)
    parts.vm.exit(false, 'QEMU was killed')
    gate.fail(new CoveError('vm.not-running', { message: 'the monitor is closed' }))
    await expect(sleep).rejects.toThrow(/QEMU was killed|monitor is closed/)
    await vi.waitFor(() => expect(parts.machine.status).toMatchObject({ state: 'failed', reason: 'QEMU was killed' }))
    await vi.waitFor(() => expectAllClosed(parts))
    expect((await parts.life.start()).state).toBe('running')
  })
})

test('a save that fails leaves the vm running, with a new session', async () => {
  const { parts, gate, sleep } = await fallingAsleep('save')
  gate.fail(new CoveError('disk.no-space', { about: { path: '/' }, message: 'the disk is full' }))
  await expect(sleep).rejects.toMatchObject({ code: 'disk.no-space' })
  await parts.life.awake(signal)
  expect(parts.machine.state).toBe('running')
  expect(parts.states).toEqual(['sleeping', 'waking', 'running'])
  expect(parts.events).toContain('vm.not-saved')
  expect(parts.vms).toHaveLength(1)
})

test('a cancel that comes in any moment of falling asleep ends in a vm that runs, and one only', async () => {
  for (let ticks = 0; ticks < 60; ticks++) {
    const parts = await running()
    parts.life.sleep().catch(() => undefined)
    for (let i = 0; i < ticks; i++) await Promise.resolve()
    await parts.life.openDockerSocket(signal)
    expect(parts.machine.state, `after ${ticks} ticks`).toBe('running')
    expect(parts.vms.filter((vm) => vm.isRunning), `after ${ticks} ticks`).toHaveLength(1)
    await parts.life.stop()
    expect(parts.machine.state, `after ${ticks} ticks`).toBe('off')
    expect(parts.vms.filter((vm) => vm.isRunning), `after ${ticks} ticks`).toEqual([])
  }
})

test('a stop in any moment of falling asleep ends off, with nothing running and nothing saved', async () => {
  for (let ticks = 0; ticks < 60; ticks++) {
    const parts = await running()
    parts.life.sleep().catch(() => undefined)
    for (let i = 0; i < ticks; i++) await Promise.resolve()
    await parts.life.stop()
    expect(parts.machine.status, `after ${ticks} ticks`).toMatchObject({ state: 'off', vm: null })
    expect(parts.vms.filter((vm) => vm.isRunning), `after ${ticks} ticks`).toEqual([])
    expect(parts.saved, `after ${ticks} ticks`).toBeUndefined()
    expectAllClosed(parts)
  }
})

describe('the end of the engine', () => {
  test('leaves a sleeping vm asleep', async () => {
    const parts = await asleep()
    await parts.life[Symbol.asyncDispose]()
    expect(parts.saved).toBeDefined()
    await expect(parts.life.start()).rejects.toMatchObject({ code: 'engine.stopped' })
  })

  test('while the memory is loaded leaves it saved; after that the vm runs on', async () => {
    for (const step of ['restore', 'tunnel'] as const) {
      const parts = await asleep()
      const gate = (parts.gates[step] = new Gate())
      parts.life.start().catch(() => undefined)
      await gate.reached
      await parts.life[Symbol.asyncDispose]()
      expect(parts.saved !== undefined).toBe(step === 'restore')
      expect(parts.vms.filter((vm) => vm.isRunning)).toHaveLength(step === 'restore' ? 0 : 1)
      expectAllClosed(parts)
    }
  })
})

test('a vm that is off, starts or failed cannot fall asleep', async () => {
  const parts = new FakeParts()
  await expect(parts.life.sleep()).rejects.toMatchObject({ code: 'vm.not-running', message: expect.stringContaining('off') })
  parts.gates.tunnel = new Gate()
  parts.life.start().catch(() => undefined)
  await parts.gates.tunnel.reached
  await expect(parts.life.sleep()).rejects.toMatchObject({ code: 'vm.not-running' })
  await parts.life.stop()
})
