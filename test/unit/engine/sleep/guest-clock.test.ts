import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { keepGuestClock } from '#engine/sleep/guest-clock.ts'
import { FakeParts } from '../life/fake-parts.ts'
import { Gate } from '../life/fake-vm.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

/** A running vm on a host whose clocks go as told. */
async function watched() {
  const parts = new FakeParts()
  const clock = { now: 1_700_000_000_000, elapsed: 0 }
  const events: string[] = []
  parts.companions.push(keepGuestClock({ store: { addEvent: (kind, detail) => void events.push(`${kind} ${JSON.stringify(detail)}`) }, log: silentLogger, clocks: { now: () => clock.now, elapsed: () => clock.elapsed } }))
  await parts.life.start()
  const pass = async (ms: number, jumpMs = 0): Promise<void> => {
    clock.now += ms + jumpMs
    clock.elapsed += ms
    await vi.advanceTimersByTimeAsync(ms)
  }
  return { parts, clock, events, pass }
}

test('a guest gets the time once it serves; while the clocks go together nothing more is done', async () => {
  const { parts, events, pass, clock } = await watched()
  const { now } = clock
  for (let i = 0; i < 10; i++) await pass(10_000, 30)
  expect(parts.vm.clock).toBe(now)
  expect(events).toEqual([])
})

test('after the host slept the guest has its time, and a tunnel that answers is left alone', async () => {
  const { parts, clock, events, pass } = await watched()
  const reset = vi.spyOn(parts.tunnels[0] as object as { reset(): void }, 'reset')
  await pass(10_000, 3_600_000)
  expect(parts.vm.clock).toBe(clock.now)
  expect(events).toEqual(['host.clock-jumped {"ms":3600000}'])
  await pass(10_000)
  expect(events).toHaveLength(1)
  expect(reset).not.toHaveBeenCalled()
})

test('a tunnel over which Docker does not answer is made anew', async () => {
  const { parts, pass } = await watched()
  const reset = vi.spyOn(parts.tunnels[0] as object as { reset(): void }, 'reset')
  const gate = (parts.gates.docker = new Gate())
  await pass(10_000, -5000)
  gate.fail(new Error('no answer'))
  await vi.advanceTimersByTimeAsync(0)
  expect(reset).toHaveBeenCalledTimes(1)
})

test('nothing is watched once the session is over', async () => {
  const { parts, pass, events } = await watched()
  await parts.life.stop()
  await pass(60_000, 60_000)
  expect(events).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})
