import { describe, expect, test, vi } from 'vitest'
import { bootSteps, guestSteps } from '#engine/life/boot-steps.ts'
import { expectAllClosed } from './expect-all-closed.ts'
import { FakeParts } from './fake-parts.ts'
import { Gate } from './fake-vm.ts'

/** Ways to hold a start in each of its steps. */
const holds: [step: string, hold: (parts: FakeParts, gate: Gate) => void][] = [
  ['image', (parts, gate) => (parts.gates.image = gate)],
  ['vm', (parts, gate) => (parts.gates.start = gate)],
  ...guestSteps.map((step): [string, (parts: FakeParts) => void] => [step, (parts) => (parts.onVm = (vm) => (vm.steps = guestSteps.slice(0, guestSteps.indexOf(step))))]),
  ['tunnel', (parts, gate) => (parts.gates.tunnel = gate)],
  ['docker', (parts, gate) => (parts.gates.docker = gate)],
]

/** A start that hangs in the step. */
async function heldIn(hold: (parts: FakeParts, gate: Gate) => void, step: string) {
  const parts = new FakeParts()
  hold(parts, new Gate())
  const start = parts.life.start()
  start.catch(() => undefined)
  await vi.waitFor(() => expect(parts.machine.status).toMatchObject({ state: 'starting', step }), { interval: 1 })
  return { parts, start }
}

describe.each(holds)('while a start is in step %s', (step, hold) => {
  test('a stop cancels it, and no vm is left', async () => {
    const { parts, start } = await heldIn(hold, step)
    expect((await parts.life.stop()).state).toBe('off')
    await expect(start).rejects.toMatchObject({ code: 'operation.cancelled' })
    expect(parts.vms.filter((vm) => vm.isRunning)).toEqual([])
    expect(parts.tasks).toEqual(['start cancelled', 'stop done'])
    expect(parts.machine.status).toMatchObject({ state: 'off', step: null, vm: null, reason: null })
    expectAllClosed(parts)
  })

  test('it fails when the step takes too long, with the step\'s hint, and the next start works', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { parts, start } = await heldInFake(hold, step)
      const { limitMs, hint, what } = Object.values(bootSteps).find(({ name }) => name === step) ?? bootSteps.vm
      await vi.advanceTimersByTimeAsync(limitMs)
      await expect(start).rejects.toMatchObject({ code: 'vm.step-timeout', hint, message: expect.stringContaining(what) })
      expect(parts.machine.status).toMatchObject({ state: 'failed', hint, vm: null })
      expect(parts.vms.filter((vm) => vm.isRunning)).toEqual([])
      expectAllClosed(parts)
      for (const name of ['image', 'start', 'tunnel', 'docker'] as const) parts.gates[name]?.open()
      parts.onVm = () => undefined
      expect((await parts.life.start()).state).toBe('running')
    } finally {
      vi.useRealTimers()
    }
  })

  test('the end of the engine cancels it', async () => {
    const { parts, start } = await heldIn(hold, step)
    await parts.life[Symbol.asyncDispose]()
    await expect(start).rejects.toMatchObject({ code: 'engine.stopped' })
    await expect(parts.life.start()).rejects.toMatchObject({ code: 'engine.stopped' })
    expectAllClosed(parts)
    // A vm that runs goes on: the next engine follows its boot.
    for (const vm of parts.vms) expect(vm).toMatchObject({ isRunning: true, stops: 0 })
  })
})

async function heldInFake(hold: (parts: FakeParts, gate: Gate) => void, step: string) {
  const parts = new FakeParts()
  hold(parts, new Gate())
  const start = parts.life.start()
  start.catch(() => undefined)
  await vi.advanceTimersByTimeAsync(0)
  expect(parts.machine.status.step).toBe(step)
  return { parts, start }
}

describe.each(holds.slice(2))('while a start is in step %s', (step, hold) => {
  test('the end of the vm fails it at once, with the cause', async () => {
    const { parts, start } = await heldIn(hold, step)
    parts.vm.exit(false, 'QEMU was killed by signal 9')
    // Up to here it is booted once more.
    if (step === 'initrd') await vi.waitFor(() => expect(parts.vms).toHaveLength(2))
    parts.vm.exit(false, 'QEMU was killed by signal 9')
    await expect(start).rejects.toMatchObject({ code: 'vm.died', message: 'QEMU was killed by signal 9' })
    expect(parts.machine.status).toMatchObject({ state: 'failed', reason: 'QEMU was killed by signal 9', vm: null })
    expectAllClosed(parts)
    expect(parts.events).toContain('engine.failed')
  })
})

test('a vm that falls over before its kernel has its root is booted once more, and that is remembered', async () => {
  const parts = new FakeParts()
  parts.onVm = (vm) => parts.vms.length === 1 && vm.exit(false, 'QEMU was ended by SIGSEGV')
  expect(await parts.life.start()).toMatchObject({ state: 'running', vm: { pid: 1001 } })
  expect(parts.events).toEqual(expect.arrayContaining(['vm.boot-repeated', 'engine.running']))
  expect(parts.events).not.toContain('engine.failed')
  expect(parts.states).toEqual(['starting', 'running'])
})

test('the second boot leaves out hardware acceleration that carried no kernel', async () => {
  const parts = new FakeParts()
  parts.onVm = (vm) => {
    vm.isEmulated = parts.vms.length > 1
    if (!vm.isEmulated) vm.exit(false, 'the accelerator "kvm" cannot carry this guest on')
  }
  expect(await parts.life.start()).toMatchObject({ state: 'running', vm: { pid: 1001 } })
  expect(parts.specs.map(({ distrust }) => distrust)).toEqual([undefined, 'the accelerator "kvm" cannot carry this guest on'])
})

test.each([['auto', 2], ['kvm', 1]] as const)('hardware under which the kernel takes too long is left out where the choice is ours: %s, %i boots', async (accelerator, boots) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const { parts, start } = await heldInFake((p) => {
      p.settings['vm.accelerator'] = accelerator
      p.onVm = (vm) => {
        vm.isEmulated = p.vms.length > 1
        if (!vm.isEmulated) vm.steps = []
      }
    }, 'initrd')
    const ended = start.then(({ state }) => state, (error: { code: string }) => error.code)
    await vi.advanceTimersByTimeAsync(bootSteps.initrd.limitMs)
    expect(await ended).toBe(boots === 2 ? 'running' : 'vm.step-timeout')
    expect(parts.vms).toHaveLength(boots)
  } finally {
    vi.useRealTimers()
  }
})

test('a vm that falls over later is not', async () => {
  const parts = new FakeParts()
  parts.onVm = (vm) => {
    vm.steps = ['initrd']
    vm.on('guest', () => setImmediate(() => vm.exit(false, 'out of memory')))
  }
  await expect(parts.life.start()).rejects.toMatchObject({ code: 'vm.died', message: 'out of memory' })
  expect(parts.vms).toHaveLength(1)
})

test('what the guest says of its failure is the reason', async () => {
  const { parts, start } = await heldIn((p) => (p.onVm = (vm) => (vm.steps = ['initrd'])), 'network')
  parts.vm.tell('guest', { type: 'failed', step: 'data-disk', message: 'no ext4' })
  await expect(start).rejects.toMatchObject({ code: 'vm.guest-failed', message: 'the guest failed while mounting the data disk: no ext4', hint: bootSteps['data-disk'].hint })
  expect(parts.vm).toMatchObject({ stops: 1, isRunning: false })
})

test('what the guest can do without may fail, and the start goes on', async () => {
  const { parts, start } = await heldIn((p) => (p.onVm = (vm) => (vm.steps = guestSteps.slice(0, -1))), 'welcome-image')
  parts.vm.tell('guest', { type: 'failed', step: 'foreign-programs', message: 'no binfmt_misc' })
  parts.vm.tell('guest', { type: 'failed', step: 'welcome-image', message: 'no room' })
  expect((await start).state).toBe('running')
})
