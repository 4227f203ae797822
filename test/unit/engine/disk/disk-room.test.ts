import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { DiskRoom, fillsDisk, roomOf } from '#engine/disk/disk-room.ts'
import { FakeParts } from '../life/fake-parts.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

const gib = 1024 ** 3

/** A running vm whose disks are as full as a test says. */
async function watched() {
  const parts = new FakeParts()
  const events: string[] = []
  const sizes = { capacityBytes: 100 * gib, allocatedBytes: 10 * gib, hostFreeBytes: 50 * gib, looks: 0 }
  const disk = { usage: async () => (sizes.looks++, sizes) }
  parts.companions.push(new DiskRoom({ disk, store: { addEvent: (kind, detail) => void events.push(`${kind} ${String(detail['disk'])}`) }, log: silentLogger }).companion)
  await parts.life.start()
  await parts.life.session.docker.live.ready(AbortSignal.timeout(1000))
  /** Something happens in Docker and is looked into. */
  const look = async (): Promise<string[]> => {
    parts.containers.tell('image', 'pull', 'i')
    await vi.advanceTimersByTimeAsync(10_100)
    return events.splice(0)
  }
  return { parts, sizes, look }
}

test('a limit is told of when it is passed, and room only when there is clearly some again', async () => {
  const { sizes, look } = await watched()
  expect(await look()).toEqual([])
  sizes.hostFreeBytes = 4 * gib
  expect(await look()).toEqual(['disk.nearly-full host'])
  expect(await look()).toEqual([])
  sizes.hostFreeBytes = 0.1 * gib
  expect(await look()).toEqual(['disk.full host'])
  for (const free of [2, 5.5]) {
    sizes.hostFreeBytes = free * gib
    expect(await look()).toEqual([])
  }
  sizes.hostFreeBytes = 7 * gib
  expect(await look()).toEqual(['disk.has-room host'])
})

test('the guest is asked only when its disk’s file is nearly as large as it may get', async () => {
  const { parts, sizes, look } = await watched()
  const [tunnel] = parts.tunnels
  const asked = (): number => tunnel!.captured.filter((command) => command.startsWith('df ')).length
  const answered = asked()
  await look()
  expect(asked()).toBe(answered)
  sizes.allocatedBytes = 95 * gib
  await look()
  expect(asked()).toBe(answered + 1)
})

test('while containers run it is looked at once a minute; nobody is asked while none does, nor without a vm', async () => {
  const { parts, sizes, look } = await watched()
  const looksInAnHour = async (): Promise<number> => {
    const before = sizes.looks
    await vi.advanceTimersByTimeAsync(3600_000)
    return sizes.looks - before
  }
  await look()
  expect(await looksInAnHour()).toBe(0)
  parts.containers.set('c1', 'running', 'start')
  await vi.advanceTimersByTimeAsync(20_000)
  expect(await looksInAnHour()).toBe(60)
  await parts.life.stop()
  expect(await looksInAnHour()).toBe(0)
})

test('the data disk has limits of its own size', () => {
  expect([20, 9, 2].map((free) => roomOf('vm', { freeBytes: free * gib, capacityBytes: 100 * gib }, 'enough'))).toEqual(['enough', 'nearly-full', 'full'])
  expect([13, 11, 3.3].map((free) => roomOf('vm', { freeBytes: free * gib, capacityBytes: 100 * gib }, 'full'))).toEqual(['enough', 'nearly-full', 'full'])
  expect([['container', 'start'], ['image', 'load'], ['builder', 'prune']].every(([type, action]) => fillsDisk({ type: type!, action: action! }))).toBe(true)
  expect([['container', 'exec_start'], ['network', 'connect']].some(([type, action]) => fillsDisk({ type: type!, action: action! }))).toBe(false)
})
