import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Machine } from '#engine/life/machine.ts'
import { saveMemory } from '#engine/memory-saver.ts'
import { loadMemoryTrim } from '#engine/memory-trim.ts'

const collected = vi.fn()

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('gc', collected)
  collected.mockClear()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** A machine, its clients, and how often garbage was collected. */
function setUp() {
  const machine = new Machine('/tmp/docker.sock')
  const listeners: (() => void)[] = []
  const saver = saveMemory({ machine, onUsers: (listener) => void listeners.push(listener) })
  return { machine, saver, changeUsers: () => listeners.forEach((listener) => listener()) }
}

test('garbage is collected once after a change of state, and once after the last client of several', () => {
  const { machine, changeUsers } = setUp()
  machine.go('starting')
  vi.advanceTimersByTime(60_000)
  expect(collected).toHaveBeenCalledTimes(1)
  for (let i = 0; i < 10; i++) {
    changeUsers()
    vi.advanceTimersByTime(1000)
  }
  expect(collected).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(60_000)
  expect(collected).toHaveBeenCalledTimes(2)
})

test('clients that come and go all the time do not keep a change of state from it', () => {
  const { machine, changeUsers } = setUp()
  machine.go('starting')
  for (let i = 0; i < 10; i++) {
    changeUsers()
    vi.advanceTimersByTime(1000)
  }
  expect(collected).toHaveBeenCalledTimes(1)
})

test('nothing is collected once it was disposed', () => {
  const { machine, saver, changeUsers } = setUp()
  machine.go('starting')
  changeUsers()
  saver[Symbol.dispose]()
  changeUsers()
  vi.advanceTimersByTime(60_000)
  expect(collected).not.toHaveBeenCalled()
})

test('code is let go of while the vm is asleep, after each use again, and at no other time', () => {
  const trimmed = vi.fn()
  vi.spyOn(process, 'dlopen').mockImplementation((module) => void ((module as { exports: unknown }).exports = trimmed))
  loadMemoryTrim('memory-trim.node')
  const { machine, changeUsers } = setUp()
  const trims = (act: () => void): unknown => {
    trimmed.mockClear()
    act()
    vi.advanceTimersByTime(60_000)
    return trimmed.mock.calls
  }
  expect(trims(() => machine.go('starting'))).toEqual([[false]])
  expect(trims(() => machine.go('running'))).toEqual([[false]])
  expect(trims(() => machine.go('sleeping', { step: 'save' }))).toEqual([[false]])
  expect(trims(() => machine.go('sleeping'))).toEqual([[true]])
  expect(trims(changeUsers)).toEqual([[true]])
  expect(trims(() => machine.go('waking'))).toEqual([[false]])
  expect(trims(changeUsers)).toEqual([[false]])
})
