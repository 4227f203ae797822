import { expect, test, vi } from 'vitest'
import { CoveError } from '#contract/errors.ts'
import { engineStates, type EngineState } from '#contract/state.ts'
import { remark } from '#contract/remark.ts'
import { canFollow, Machine } from '#engine/life/machine.ts'

const edges: Record<EngineState, EngineState[]> = {
  off: ['starting', 'sleeping'],
  starting: ['running', 'stopping'],
  running: ['sleeping', 'stopping', 'starting'],
  sleeping: ['waking', 'stopping'],
  waking: ['running', 'stopping'],
  stopping: ['off'],
  failed: ['starting', 'stopping', 'off'],
}

test.each(engineStates)('%s is followed by what the design says, by itself or by failed', (from) => {
  const followers = engineStates.filter((to) => canFollow(from, to))
  expect(followers.toSorted()).toEqual([...new Set([...edges[from], from, 'failed' as const])].toSorted())
})

test('a change that may not be is a bug, and changes nothing', () => {
  const machine = new Machine('/d')
  const before = machine.status
  expect(() => machine.go('running')).toThrow('state running cannot follow off')
  expect(machine.status).toBe(before)
})

test('a state brings its own step, reason and hint and forgets those before it', () => {
  const machine = new Machine('/d')
  machine.go('starting', { step: 'image' })
  expect(machine.status).toMatchObject({ state: 'starting', step: 'image', dockerSocket: '/d' })
  machine.go('failed', { error: new CoveError('image.missing', { message: 'no', hint: 'do', about: { path: '/k' } }) })
  expect(machine.status).toMatchObject({ state: 'failed', step: null, reason: 'no', hint: 'do', code: 'image.missing', about: { path: '/k' } })
  machine.go('starting')
  expect(machine.status).toMatchObject({ step: null, reason: null, hint: null, code: null, about: null })
})

test('since is when the state began, not when it was last spoken of', async () => {
  vi.useFakeTimers({ now: 1000 })
  const machine = new Machine('/d')
  machine.go('starting')
  vi.setSystemTime(5000)
  machine.go('starting', { step: 'vm' })
  expect(machine.status.since).toBe(new Date(1000).toISOString())
  machine.go('running')
  expect(machine.status.since).toBe(new Date(5000).toISOString())
  vi.useRealTimers()
})

test('standing warnings and those of the vm do not replace each other', () => {
  const machine = new Machine('/d')
  machine.setStandingWarnings([remark('settings.kept', 'settings', { path: '/s' })])
  machine.update({ remarks: [remark('acceleration.missing', 'slow', {})] })
  expect(machine.status.warnings).toEqual(['settings', 'slow'])
  expect(machine.status.remarks).toEqual([{ code: 'settings.kept', about: { path: '/s' }, message: 'settings' }, { code: 'acceleration.missing', about: {}, message: 'slow' }])
  machine.update({ step: 'x' })
  machine.setStandingWarnings([remark('proxy.unused', 'other', {})])
  expect(machine.status.warnings).toEqual(['other', 'slow'])
  machine.update({ remarks: [] })
  expect(machine.status.warnings).toEqual(['other'])
})

test('a reader gets the present status, then each change', async () => {
  const machine = new Machine('/d')
  const watch = machine.watch()
  expect((await watch.next()).value).toMatchObject({ state: 'off' })
  const next = watch.next()
  machine.go('starting', { step: 'a' })
  expect((await next).value).toMatchObject({ step: 'a' })
  await watch.return(undefined)
})

test('a slow reader skips to the latest', async () => {
  const machine = new Machine('/d')
  const watch = machine.watch()
  await watch.next()
  for (let i = 0; i < 1000; i++) machine.go('starting', { step: `s${i}` })
  expect((await watch.next()).value).toMatchObject({ step: 's999' })
  const next = watch.next()
  machine.go('running')
  expect((await next).value).toMatchObject({ state: 'running' })
  await watch.return(undefined)
})

test('a watch ends on abort, also one that began too late', async () => {
  const machine = new Machine('/d')
  const abort = new AbortController()
  const watch = machine.watch(abort.signal)
  await watch.next()
  const waiting = watch.next()
  abort.abort()
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect(await machine.watch(abort.signal).next()).toEqual({ done: true, value: undefined })
})

test('waiting for a state begins with the present one and ends with the signal\'s reason', async () => {
  const machine = new Machine('/d')
  expect(await machine.until(({ state }) => state === 'off', AbortSignal.timeout(1000))).toMatchObject({ state: 'off' })
  const abort = new AbortController()
  const waiting = machine.until(({ state }) => state === 'running', abort.signal)
  abort.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
})

test('hundreds of watchers leave nothing behind', async () => {
  const warn = vi.spyOn(process, 'emitWarning')
  const machine = new Machine('/d')
  const abort = new AbortController()
  const watches = Array.from({ length: 300 }, () => machine.watch(abort.signal))
  await Promise.all(watches.map((watch) => watch.next()))
  const ends = watches.map((watch) => watch.next())
  abort.abort()
  expect((await Promise.all(ends)).every(({ done }) => done)).toBe(true)
  const count = vi.fn()
  using _listening = machine.onChange(count)
  machine.go('starting')
  expect(count).toHaveBeenCalledTimes(1)
  expect(warn).not.toHaveBeenCalled()
})
