import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Settings } from '#contract/setting.ts'
import { silentLogger } from '#base/log.ts'
import { Activity } from '#engine/sleep/activity.ts'
import { SleepWhenIdle } from '#engine/sleep/sleep-when-idle.ts'
import { FakeParts } from '../life/fake-parts.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const minute = 60_000

/** A running vm with the policy beside it. */
async function policy(changes: Partial<Settings> = {}, canSave = true) {
  const parts = new FakeParts()
  const activity = new Activity()
  let values = Settings.parse(changes)
  const listeners = new Set<() => void>()
  const sleep = vi.fn(async () => parts.life.sleep())
  const idle = new SleepWhenIdle({
    settings: () => values,
    onSettings: (listener) => {
      listeners.add(listener)
      return { [Symbol.dispose]: () => void listeners.delete(listener) }
    },
    activity,
    canSave,
    sleep,
    log: silentLogger,
  })
  parts.companions.push(idle)
  await parts.life.start()
  await parts.life.session.docker.live.ready(AbortSignal.timeout(1000))
  const set = (change: Partial<Settings>): void => {
    values = { ...values, ...change }
    listeners.forEach((listener) => listener())
  }
  return { parts, activity, sleep, set, idle, listeners }
}

/** Lets time pass and what it starts come to its end. */
async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
}

test('the vm falls asleep five minutes after the last use, not before', async () => {
  const { parts, sleep } = await policy()
  await pass(5 * minute - 1)
  expect(sleep).not.toHaveBeenCalled()
  await pass(1)
  expect(parts.machine.state).toBe('sleeping')
  expect(sleep).toHaveBeenCalledTimes(1)
  await pass(60 * minute)
  expect(sleep).toHaveBeenCalledTimes(1)
})

test('who needs the vm keeps it awake, and the minutes begin anew afterwards', async () => {
  const { parts, activity } = await policy()
  await pass(4 * minute)
  const [one, two] = [activity.hold(), activity.hold()]
  await pass(60 * minute)
  one[Symbol.dispose]()
  one[Symbol.dispose]()
  await pass(60 * minute)
  expect(parts.machine.state).toBe('running')
  two[Symbol.dispose]()
  await pass(5 * minute - 1)
  expect(parts.machine.state).toBe('running')
  await pass(1)
  expect(parts.machine.state).toBe('sleeping')
})

test('a running, paused or restarting container keeps it awake; one that has ended does not', async () => {
  const { parts } = await policy()
  for (const state of ['running', 'paused', 'restarting']) {
    parts.containers.set('a', state)
    await pass(60 * minute)
    expect(parts.machine.state, state).toBe('running')
  }
  parts.containers.set('a', 'exited')
  await pass(5 * minute)
  expect(parts.machine.state).toBe('sleeping')
})

test('with sleep.withContainers it sleeps beside running containers, unless their ports are in use or they would end', async () => {
  const { parts, sleep } = await policy({ 'sleep.withContainers': true })
  parts.containers.set('a', 'running')
  await pass(0)
  parts.vm.connections = 1
  await pass(30 * minute)
  expect(sleep).not.toHaveBeenCalled()
  parts.vm.connections = 0
  await pass(5 * minute)
  expect(parts.machine.state).toBe('sleeping')
  const other = await policy({ 'sleep.withContainers': true }, false)
  other.parts.containers.set('a', 'running')
  await pass(60 * minute)
  expect(other.sleep).not.toHaveBeenCalled()
})

test('containers that a stop would end keep a vm awake that cannot be saved', async () => {
  const { parts, sleep } = await policy({ 'sleep.withContainers': true })
  parts.vm.unsavable = 'it is of glass'
  parts.containers.set('a', 'running')
  await pass(60 * minute)
  expect(sleep).not.toHaveBeenCalled()
  parts.containers.remove('a')
  await pass(5 * minute)
  expect(parts.machine.state).toBe('sleeping')
})

test('settings hold at once: never, sooner, with containers', async () => {
  const { parts, set, sleep } = await policy({ 'sleep.afterMin': 0 })
  await pass(600 * minute)
  expect(sleep).not.toHaveBeenCalled()
  set({ 'sleep.afterMin': 1 })
  parts.containers.set('a', 'running')
  await pass(2 * minute)
  expect(sleep).not.toHaveBeenCalled()
  set({ 'sleep.withContainers': true })
  await pass(minute)
  expect(parts.machine.state).toBe('sleeping')
})

test('a vm that did not fall asleep is asked again after the same time, for as long as it is idle', async () => {
  const { sleep } = await policy({ 'sleep.afterMin': 2 })
  sleep.mockRejectedValue(new Error('no space'))
  await pass(6 * minute)
  expect(sleep).toHaveBeenCalledTimes(3)
})

test('it begins anew with each session and ends with the engine', async () => {
  const { parts, idle, listeners, sleep } = await policy()
  await pass(5 * minute)
  await parts.life.start()
  await pass(5 * minute)
  expect(sleep).toHaveBeenCalledTimes(2)
  await parts.life.start()
  await parts.life[Symbol.asyncDispose]()
  idle[Symbol.dispose]()
  expect(listeners.size).toBe(0)
  await pass(60 * minute)
  expect(sleep).toHaveBeenCalledTimes(2)
})
