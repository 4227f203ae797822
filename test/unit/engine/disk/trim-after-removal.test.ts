import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { removesData, trimAfterRemoval } from '#engine/disk/trim-after-removal.ts'
import { Activity } from '#engine/sleep/activity.ts'
import { FakeParts } from '../life/fake-parts.ts'
import { Gate } from '../life/fake-vm.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

/** A running vm whose disk is trimmed. */
async function trimmed() {
  const parts = new FakeParts()
  const activity = new Activity()
  const events: unknown[] = []
  let allocatedBytes = 100
  const disk = { usage: async () => ({ capacityBytes: 1000, allocatedBytes: (allocatedBytes -= 10), hostFreeBytes: 0 }) }
  parts.companions.push(trimAfterRemoval({ disk, activity, store: { addEvent: (kind, detail) => void events.push([kind, detail]) }, log: silentLogger }))
  await parts.life.start()
  await parts.life.session.docker.live.ready(AbortSignal.timeout(1000))
  const trims = (): number => parts.tunnels[0]?.captured.filter((command) => command.includes('fstrim')).length ?? 0
  return { parts, activity, events, trims }
}

test('many removals are one trim, shortly after the last, and its gain is remembered', async () => {
  const { parts, trims, events } = await trimmed()
  for (let i = 0; i < 5; i++) {
    parts.containers.tell('image', 'delete', `sha256:${i}`)
    await vi.advanceTimersByTimeAsync(1000)
  }
  expect(trims()).toBe(0)
  await vi.advanceTimersByTimeAsync(3000)
  expect(trims()).toBe(1)
  expect(events).toEqual([['disk.trimmed', { beforeBytes: 90, afterBytes: 80 }]])
})

test('removals without end are trimmed all the same', async () => {
  const { parts, trims } = await trimmed()
  for (let i = 0; i < 50; i++) {
    parts.containers.tell('container', 'destroy', `c${i}`)
    await vi.advanceTimersByTimeAsync(1000)
  }
  expect(trims()).toBe(2)
})

test('the vm stays awake for a trim, and a session that ends does not wait for it', async () => {
  const { parts, activity } = await trimmed()
  const [tunnel] = parts.tunnels
  if (tunnel) tunnel.captureGate = new Gate()
  parts.containers.tell('volume', 'prune')
  await vi.advanceTimersByTimeAsync(3000)
  expect(activity.isBusy).toBe(true)
  await parts.life.stop()
  expect(activity.isBusy).toBe(false)
})

test('only what removes data is followed by a trim', () => {
  const kinds = [['image', 'untag'], ['image', 'delete'], ['container', 'die'], ['container', 'destroy'], ['network', 'destroy'], ['volume', 'destroy'], ['builder', 'prune']] as const
  expect(kinds.filter(([type, action]) => removesData({ type, action })).map((kind) => kind.join(' '))).toEqual(['image delete', 'container destroy', 'volume destroy', 'builder prune'])
})
