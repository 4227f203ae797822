import { expect, test, vi } from 'vitest'
import { CoveError } from '#contract/errors.ts'
import { guestSteps } from '#engine/life/boot-steps.ts'
import { expectAllClosed } from './expect-all-closed.ts'
import { FakeParts } from './fake-parts.ts'
import { FakeVm, Gate } from './fake-vm.ts'

async function running(): Promise<FakeParts> {
  const parts = new FakeParts()
  await parts.life.start()
  return parts
}

test('a start goes through every step in order and ends when Docker answers', async () => {
  const parts = new FakeParts()
  const steps: (string | null)[] = []
  parts.machine.onChange(({ step }) => steps.at(-1) === step || steps.push(step))
  const status = await parts.life.start()
  expect(status).toMatchObject({ state: 'running', step: null, docker: { version: '28.5.2' }, vm: { pid: 1000, accelerator: 'tcg' }, warnings: ['slow'] })
  expect(status.bootSteps.map(({ name }) => name)).toEqual(['image', 'vm', ...guestSteps, 'tunnel', 'docker'])
  expect(steps).toEqual(['image', 'vm', ...guestSteps, 'tunnel', 'docker', null])
  expect(parts.states).toEqual(['starting', 'running'])
  expect(parts.tunnels[0]?.nudges).toBe(1)
  expect(parts.tasks).toEqual(['start done'])
  await parts.life[Symbol.asyncDispose]()
  expectAllClosed(parts)
})

test('two starts at once are one, and a third finds it running', async () => {
  const parts = new FakeParts()
  const [one, two] = await Promise.all([parts.life.start(), parts.life.start()])
  expect(one).toBe(two)
  expect((await parts.life.start()).vm?.pid).toBe(1000)
  expect(parts.vms).toHaveLength(1)
  expect(parts.tasks).toEqual(['start done'])
})

test('a stop ends the vm, closes everything once, and a second stop finds it off', async () => {
  const parts = await running()
  const [one, two] = await Promise.all([parts.life.stop(), parts.life.stop()])
  expect(one).toBe(two)
  expect(one).toMatchObject({ state: 'off', vm: null, docker: null, warnings: [] })
  expect(parts.vm).toMatchObject({ stops: 1, isRunning: false })
  expectAllClosed(parts)
  expect((await parts.life.stop()).state).toBe('off')
  expect(parts.tasks).toEqual(['start done', 'stop done'])
})

test('a restart is a stop and a start, also for two who ask at once', async () => {
  const parts = await running()
  await Promise.all([parts.life.restart(), parts.life.restart()])
  expect(parts.machine.status).toMatchObject({ state: 'running', vm: { pid: 1001 } })
  expect(parts.vms.map((vm) => vm.isRunning)).toEqual([false, true])
  expect(parts.states).toEqual(['starting', 'running', 'stopping', 'off', 'starting', 'running'])
})

test('a vm that ended before anybody listened, and the next one too, fails the start at once', async () => {
  const parts = new FakeParts()
  parts.onVm = (vm) => vm.exit(false, 'gone at once')
  await expect(parts.life.start()).rejects.toMatchObject({ code: 'vm.died', message: 'gone at once' })
  expect(parts.vms).toHaveLength(2)
  expectAllClosed(parts)
})

test('a driver that fails is asked again by the next start', async () => {
  const parts = new FakeParts()
  parts.gates.start = new Gate()
  const start = parts.life.start()
  parts.gates.start.fail(new CoveError('vm.program-missing', { message: 'no QEMU', hint: 'apt install' }))
  await expect(start).rejects.toMatchObject({ code: 'vm.program-missing', hint: 'apt install' })
  expect(parts.machine.status).toMatchObject({ state: 'failed', reason: 'no QEMU', hint: 'apt install' })
  delete parts.gates.start
  expect((await parts.life.start()).state).toBe('running')
})

test('a vm that a deaf driver brings too late is stopped before the state says off', async () => {
  const parts = new FakeParts()
  const gate = (parts.gates.start = new Gate())
  parts.isDriverDeaf = true
  parts.life.start().catch(() => undefined)
  await gate.reached
  const stop = parts.life.stop()
  await new Promise((resolve) => setImmediate(resolve))
  expect(parts.machine.state).toBe('stopping')
  gate.open()
  expect((await stop).state).toBe('off')
  expect(parts.vm).toMatchObject({ isRunning: false, stops: 1 })
  expectAllClosed(parts)
})

test('a stop in the very moment the start succeeds leaves no vm', async () => {
  for (let ticks = 0; ticks < 60; ticks++) {
    const parts = new FakeParts()
    const gate = (parts.gates.docker = new Gate())
    const start = parts.life.start()
    start.catch(() => undefined)
    await gate.reached
    gate.open()
    for (let i = 0; i < ticks; i++) await Promise.resolve()
    await parts.life.stop()
    expect(parts.machine.status, `after ${ticks} ticks`).toMatchObject({ state: 'off', vm: null })
    expect(parts.vm.isRunning, `after ${ticks} ticks`).toBe(false)
    expectAllClosed(parts)
  }
})

test('a start during a stop waits for it and then boots anew', async () => {
  const parts = await running()
  const gate = (parts.vm.stopGate = new Gate())
  const stop = parts.life.stop()
  const starts = [parts.life.start(), parts.life.start()]
  await gate.reached
  expect(parts.machine.state).toBe('stopping')
  gate.open()
  expect((await stop).state).toBe('off')
  expect(await Promise.all(starts)).toMatchObject([{ state: 'running' }, { state: 'running' }])
  expect(parts.vms).toHaveLength(2)
})

test('start, stop, start, stop in one breath ends off, with every vm gone', async () => {
  const parts = new FakeParts()
  const { life } = parts
  await Promise.allSettled([life.start(), life.stop(), life.start(), life.stop(), life.start(), life.stop()])
  await life.stop()
  expect(parts.machine.state).toBe('off')
  expect(parts.vms.filter((vm) => vm.isRunning)).toEqual([])
  expectAllClosed(parts)
})

test('work that needs the vm off is done before a start that comes meanwhile', async () => {
  const parts = await running()
  const gate = new Gate()
  const work = parts.life.whileOff(() => gate.pass())
  await gate.reached
  const start = parts.life.start()
  await new Promise((resolve) => setImmediate(resolve))
  expect(parts.machine.state).toBe('off')
  gate.open()
  await work
  expect((await start).state).toBe('running')
})

test('work that fails while the vm is off says so, and the next start works', async () => {
  const parts = await running()
  await expect(parts.life.whileOff(() => Promise.reject(new Error('disk busy')))).rejects.toThrow('disk busy')
  expect((await parts.life.start()).state).toBe('running')
})

test('a vm that dies while it runs is failed with its reason, and can be started again', async () => {
  const parts = await running()
  parts.vm.exit(false, 'out of memory')
  await vi.waitFor(() => expect(parts.machine.status).toMatchObject({ state: 'failed', reason: 'out of memory', vm: null, docker: null }))
  expect(parts.life.maybeSession).toBeUndefined()
  expect((await parts.life.start()).vm?.pid).toBe(1001)
  await parts.life.stop()
  expectAllClosed(parts)
})

test('a guest that said goodbye before it powered off is off, not failed', async () => {
  const parts = await running()
  parts.vm.tell('guest', { type: 'poweroff', uptimeMs: 1 })
  parts.vm.exit(false, 'the guest powered off by itself')
  await vi.waitFor(() => expect(parts.machine.status).toMatchObject({ state: 'off', reason: null, vm: null, docker: null }))
  expect(parts.states).not.toContain('failed')
  expect(parts.tasks).toContain('stop done')
  expectAllClosed(parts)
})

test('a guest that said goodbye and then made QEMU crash is failed', async () => {
  const parts = await running()
  parts.vm.tell('guest', { type: 'poweroff', uptimeMs: 1 })
  parts.vm.exit(false, 'QEMU was ended by SIGSEGV', 'SIGSEGV')
  await vi.waitFor(() => expect(parts.machine.status).toMatchObject({ state: 'failed', reason: 'QEMU was ended by SIGSEGV' }))
})

test('a vm that dies during its stop is simply off', async () => {
  const parts = await running()
  const gate = (parts.vm.stopGate = new Gate())
  const stop = parts.life.stop()
  await gate.reached
  parts.vm.exit(false, 'crashed')
  gate.open()
  expect((await stop).state).toBe('off')
  expect(parts.states).not.toContain('failed')
  expectAllClosed(parts)
})

test('a stop that fails says so, and the next one tries again', async () => {
  const parts = await running()
  const gate = (parts.vm.stopGate = new Gate())
  const stop = parts.life.stop()
  await gate.reached
  gate.fail(new CoveError('vm.step-timeout', { about: { seconds: 1 }, message: 'it does not die' }))
  await expect(stop).rejects.toThrow('it does not die')
  expect(parts.machine.status).toMatchObject({ state: 'failed', reason: 'it does not die' })
  parts.vm.stopGate = undefined
  expect((await parts.life.stop()).state).toBe('off')
  expectAllClosed(parts)
})

test('a stop that hangs is given up in the end', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const parts = await running()
  parts.vm.stopGate = new Gate()
  const stop = parts.life.stop()
  stop.catch(() => undefined)
  await vi.advanceTimersByTimeAsync(60_000)
  vi.useRealTimers()
  await expect(stop).rejects.toMatchObject({ code: 'vm.step-timeout' })
  expect(parts.machine.state).toBe('failed')
})

test('the end of the engine lets go of a running vm without stopping it', async () => {
  const parts = await running()
  await parts.life[Symbol.asyncDispose]()
  await parts.life[Symbol.asyncDispose]()
  expect(parts.vm).toMatchObject({ isRunning: true, stops: 0 })
  expectAllClosed(parts)
})

test('a paused vm is told with its cause, also when it was paused before, and its clock is set when it goes on', async () => {
  const parts = new FakeParts()
  parts.onVm = (vm) => (vm.pausedBy = 'asked')
  await parts.life.start()
  expect(parts.machine.status.warnings).toEqual(['slow', 'The vm is paused.'])
  parts.vm.tell('paused', { cause: 'no-space' })
  expect(parts.machine.status.warnings).toEqual(['slow', expect.stringContaining('disk is full')])
  parts.vm.tell('resumed')
  expect(parts.machine.status.warnings).toEqual(['slow'])
  expect(parts.vm.clock).toBeGreaterThan(1_600_000_000_000)
  expect(parts.events).toEqual(expect.arrayContaining(['vm.paused', 'vm.resumed']))
  expect(new FakeVm(1).pausedBy).toBeNull()
})
