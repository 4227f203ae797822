import { describe, expect, test, vi } from 'vitest'
import { CoveError } from '#contract/errors.ts'
import { guestSteps } from '#engine/life/boot-steps.ts'
import { FakeParts } from './fake-parts.ts'
import { FakeVm, Gate } from './fake-vm.ts'

const never = AbortSignal.timeout(60_000)

/** An engine that finds a vm of a former one. */
function withLeftVm(): { parts: FakeParts; vm: FakeVm } {
  const parts = new FakeParts()
  const vm = (parts.left = new FakeVm(77))
  return { parts, vm }
}

function becomes(parts: FakeParts, state: string): Promise<void> {
  return vi.waitFor(() => expect(parts.machine.state).toBe(state), { interval: 1 })
}

test('without a vm the state is off and no task is kept', async () => {
  const parts = new FakeParts()
  expect(await parts.life.attach(never)).toBe(false)
  expect(parts.machine.state).toBe('off')
  expect(parts.states).toEqual([])
  expect(parts.tasks).toEqual([])
})

test('a vm that runs is joined without starting another', async () => {
  const { parts, vm } = withLeftVm()
  expect(await parts.life.attach(never)).toBe(true)
  expect(parts.machine.state).toBe('starting')
  await becomes(parts, 'running')
  expect(parts.machine.status).toMatchObject({ vm: { pid: 77 }, docker: { version: '28.5.2' } })
  expect(parts.tasks).toEqual(['attach done'])
  await parts.life.stop()
  expect(vm).toMatchObject({ stops: 1, disposals: 1, isRunning: false })
})

test('a vm that is still booting is followed through its boot', async () => {
  const { parts, vm } = withLeftVm()
  vm.steps = ['initrd']
  await parts.life.attach(never)
  await vi.waitFor(() => expect(parts.machine.status.step).toBe('network'))
  vm.tell('guest', { type: 'status', ready: true, steps: Object.fromEntries(guestSteps.map((step) => [step, 1])), services: {} })
  await becomes(parts, 'running')
})

describe('while it is not known whether a vm runs', () => {
  test('a start waits and then joins the vm that was found', async () => {
    const { parts } = withLeftVm()
    const gate = (parts.gates.attach = new Gate())
    const attach = parts.life.attach(never)
    const starts = [parts.life.start(), parts.life.start()]
    await gate.reached
    expect(parts.machine.state).toBe('off')
    gate.open()
    expect(await attach).toBe(true)
    expect(await Promise.all(starts)).toMatchObject([{ vm: { pid: 77 } }, { vm: { pid: 77 } }])
    expect(parts.vms).toHaveLength(1)
  })

  test('a start boots where none is found', async () => {
    const parts = new FakeParts()
    const gate = (parts.gates.attach = new Gate())
    const attach = parts.life.attach(never)
    const start = parts.life.start()
    gate.open()
    expect(await attach).toBe(false)
    expect((await start).vm?.pid).toBe(1000)
  })

  test('a stop waits and then stops the vm that was found', async () => {
    const { parts, vm } = withLeftVm()
    const gate = (parts.gates.attach = new Gate())
    void parts.life.attach(never)
    const stop = parts.life.stop()
    gate.open()
    expect((await stop).state).toBe('off')
    expect(vm).toMatchObject({ isRunning: false, disposals: 1 })
  })

  test('a docker client waits too', async () => {
    const { parts } = withLeftVm()
    const gate = (parts.gates.attach = new Gate())
    void parts.life.attach(never)
    const socket = parts.life.openDockerSocket(never)
    gate.open()
    await expect(socket).resolves.toBeDefined()
  })

  test('the end of the engine leaves the vm alone', async () => {
    const { parts, vm } = withLeftVm()
    parts.gates.attach = new Gate()
    const attach = parts.life.attach(never)
    await parts.life[Symbol.asyncDispose]()
    expect(await attach).toBe(false)
    expect(vm).toMatchObject({ isRunning: true, stops: 0 })
    expect(parts.machine.state).toBe('off')
  })
})

test('a look that fails is told, for off would be a guess; the next start looks again', async () => {
  const { parts, vm } = withLeftVm()
  const gate = (parts.gates.attach = new Gate())
  const attach = parts.life.attach(never)
  gate.fail(new CoveError('vm.start-failed', { message: 'it runs but does not answer', hint: 'kill 77' }))
  expect(await attach).toBe(false)
  expect(parts.machine.status).toMatchObject({ state: 'failed', reason: 'it runs but does not answer', hint: 'kill 77' })
  await expect(parts.life.start()).rejects.toThrow('does not answer')
  await expect(parts.life.stop()).rejects.toThrow('does not answer')
  expect(vm.isRunning).toBe(true)
  delete parts.gates.attach
  expect((await parts.life.start()).vm?.pid).toBe(77)
})

/** A vm of a former engine whose sshd does not let us in. */
async function failedToJoin(): Promise<{ parts: FakeParts; vm: FakeVm }> {
  const { parts, vm } = withLeftVm()
  const gate = (parts.gates.tunnel = new Gate())
  await parts.life.attach(never)
  await gate.reached
  gate.fail(new CoveError('tunnel.refused', { message: 'sshd refused' }))
  await becomes(parts, 'failed')
  delete parts.gates.tunnel
  return { parts, vm }
}

test('a vm that cannot be joined runs on with its containers, and the next start joins it', async () => {
  const { parts, vm } = await failedToJoin()
  expect(vm).toMatchObject({ isRunning: true, stops: 0, disposals: 1, listeners: 0 })
  expect(parts.machine.status).toMatchObject({ state: 'failed', reason: 'sshd refused' })
  vm.disposals = 0
  expect((await parts.life.start()).vm?.pid).toBe(77)
})

test('a vm that cannot be joined can be stopped', async () => {
  const { parts, vm } = await failedToJoin()
  vm.disposals = 0
  expect((await parts.life.stop()).state).toBe('off')
  expect(vm).toMatchObject({ isRunning: false, stops: 1, disposals: 1 })
})

test('a stop while joining ends the vm', async () => {
  const { parts, vm } = withLeftVm()
  const gate = (parts.gates.docker = new Gate())
  await parts.life.attach(never)
  await gate.reached
  expect((await parts.life.stop()).state).toBe('off')
  expect(vm).toMatchObject({ isRunning: false, stops: 1, disposals: 1, listeners: 0 })
  expect(parts.tasks).toEqual(['attach cancelled', 'stop done'])
})

test('the end of the engine while joining leaves the vm running', async () => {
  const { parts, vm } = withLeftVm()
  const gate = (parts.gates.docker = new Gate())
  await parts.life.attach(never)
  await gate.reached
  await parts.life[Symbol.asyncDispose]()
  expect(vm).toMatchObject({ isRunning: true, stops: 0, disposals: 1, listeners: 0 })
})

describe('docker.sock', () => {
  test('is served while the vm runs', async () => {
    const parts = new FakeParts()
    await parts.life.start()
    await expect(parts.life.openDockerSocket(never)).resolves.toBeDefined()
    expect(parts.tunnels[0]?.sockets).toBe(1)
  })

  test('waits while the vm starts, and is served as soon as it runs', async () => {
    const parts = new FakeParts()
    const gate = (parts.gates.image = new Gate())
    void parts.life.start()
    await gate.reached
    const socket = parts.life.openDockerSocket(never)
    gate.open()
    await expect(socket).resolves.toBeDefined()
  })

  test('tells the reason when the start fails that it waits for', async () => {
    const parts = new FakeParts()
    const gate = (parts.gates.image = new Gate())
    parts.life.start().catch(() => undefined)
    await gate.reached
    const socket = parts.life.openDockerSocket(never)
    gate.fail(new CoveError('image.corrupt', { message: 'bad sha', hint: 'npm start' }))
    await expect(socket).rejects.toMatchObject({ code: 'engine.stopped', message: 'Cove failed: bad sha', hint: 'npm start' })
  })

  test('refuses with what to do while the vm is off, stopping or failed', async () => {
    const parts = new FakeParts()
    const refused = (message: string) => expect.objectContaining({ code: 'engine.stopped', message, hint: expect.stringContaining('cove') })
    await expect(parts.life.openDockerSocket(never)).rejects.toEqual(refused('Cove is not running'))
    await parts.life.start()
    const gate = (parts.vm.stopGate = new Gate())
    const stop = parts.life.stop()
    await gate.reached
    await expect(parts.life.openDockerSocket(never)).rejects.toEqual(refused('Cove is stopping'))
    gate.open()
    await stop
    await parts.life.start()
    parts.vm.exit(false, 'died')
    await becomes(parts, 'failed')
    await expect(parts.life.openDockerSocket(never)).rejects.toEqual(refused('Cove failed: died'))
  })

  test('waits no longer than its client', async () => {
    const parts = new FakeParts()
    parts.gates.image = new Gate()
    parts.life.start().catch(() => undefined)
    const left = new AbortController()
    const socket = parts.life.openDockerSocket(left.signal)
    left.abort(new Error('the client left'))
    await expect(socket).rejects.toThrow('the client left')
    await parts.life.stop()
  })
})

test('the session is only there while Docker answers', async () => {
  const parts = new FakeParts()
  expect(() => parts.life.session).toThrow(expect.objectContaining({ code: 'vm.not-running', message: expect.stringContaining('off') }))
  const gate = (parts.gates.docker = new Gate())
  const start = parts.life.start()
  await gate.reached
  expect(parts.life.maybeSession).toBeUndefined()
  gate.open()
  await start
  expect(parts.life.session.version.version).toBe('28.5.2')
})
