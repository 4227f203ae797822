import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { exitWhenIdle } from '#engine/idle-exit.ts'
import { Machine } from '#engine/life/machine.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** An engine with this many users that ends after 100 ms without any. */
function idleEngine(users: number) {
  const machine = new Machine('/d')
  const exit = vi.fn()
  const listeners: (() => void)[] = []
  let present = users
  const idle = exitWhenIdle({ machine, users: () => present, onUsers: (listener) => listeners.push(listener), graceMs: 100, exit })
  const setUsers = (count: number): void => {
    present = count
    for (const listener of listeners) listener()
  }
  return { machine, exit, setUsers, [Symbol.dispose]: () => idle[Symbol.dispose]() }
}

test('an engine that nobody uses ends after the grace time, once', () => {
  using engine = idleEngine(0)
  vi.advanceTimersByTime(99)
  expect(engine.exit).not.toHaveBeenCalled()
  vi.advanceTimersByTime(10_000)
  expect(engine.exit).toHaveBeenCalledTimes(1)
})

test('a user keeps it, and the time begins anew when the last one leaves', () => {
  using engine = idleEngine(1)
  vi.advanceTimersByTime(1000)
  engine.setUsers(0)
  vi.advanceTimersByTime(60)
  engine.setUsers(1)
  vi.advanceTimersByTime(1000)
  engine.setUsers(0)
  vi.advanceTimersByTime(99)
  expect(engine.exit).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(engine.exit).toHaveBeenCalledTimes(1)
})

test('any state but off keeps it, failed too: its reason is to be seen', () => {
  using engine = idleEngine(0)
  for (const state of ['starting', 'running', 'stopping', 'failed'] as const) {
    engine.machine.go(state)
    vi.advanceTimersByTime(1000)
  }
  expect(engine.exit).not.toHaveBeenCalled()
  engine.machine.go('off')
  vi.advanceTimersByTime(100)
  expect(engine.exit).toHaveBeenCalledTimes(1)
})

test('once disposed it never ends the engine, whatever still happens', () => {
  const engine = idleEngine(0)
  engine[Symbol.dispose]()
  engine.setUsers(1)
  engine.setUsers(0)
  engine.machine.go('failed')
  engine.machine.go('off')
  vi.advanceTimersByTime(10_000)
  expect(engine.exit).not.toHaveBeenCalled()
  expect(vi.getTimerCount()).toBe(0)
})
