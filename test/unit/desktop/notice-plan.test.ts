import { describe, expect, test } from 'vitest'
import type { EngineEvent } from '#contract/history.ts'
import { lastOldEvent, planNotices, type NoticeFacts } from '#desktop/notice-plan.ts'
import { showsPlace } from '#desktop/shown-place.ts'
import { wordsOf } from '#desktop/words.ts'

let last = 0
const event = (kind: string, detail: Record<string, unknown> = {}, id = ++last): EngineEvent => ({ id, at: '2026-11-22T09:00:00.000Z', kind, detail })
const exited = (name: string, exitCode = 1, more: object = {}) => event('container.exited', { id: `id-of-${name}`, name, exitCode, ...more })
const killed = (name: string) => event('container.oom-killed', { id: `id-of-${name}`, name })
const all = { notifyExits: true, notifyOom: true, notifyDisk: true }
const facts = (more: Partial<NoticeFacts> = {}): NoticeFacts => ({ words: wordsOf('en'), wants: all, isToldOf: () => false, ...more })
const titles = (events: EngineEvent[], more?: Partial<NoticeFacts>): string[] => planNotices(events, facts(more)).map(({ title }) => title)

describe('containers', () => {
  test('one that ended with an error is named and leads to its log', () => {
    expect(planNotices([exited('web', 137)], facts())).toEqual([{ title: 'web ended', body: 'With exit code 137. Its log may say why.', place: { screen: 'containers', part: 'id-of-web', tab: 'logs' } }])
    expect(titles([exited('web')], { words: wordsOf('ko') })).toEqual(['web 컨테이너가 종료되었습니다'])
  })

  test('what ended well, or because somebody asked, is no news', () => {
    expect(planNotices([exited('job', 0), exited('web', 143, { asked: true }), event('container.removed', { id: 'x', name: 'x' })], facts())).toEqual([])
  })

  test('many at once are one notification that leads to all of them', () => {
    const many = Array.from({ length: 12 }, (_, index) => exited(`c${index + 1}`))
    expect(planNotices(many, facts())).toEqual([{ title: '12 containers ended', body: 'c1, c2, c3, c4, c5 and 7 more', place: { screen: 'activity' } }])
    expect(planNotices(many.slice(0, 2), facts())[0]).toMatchObject({ title: '2 containers ended', body: 'c1, c2' })
  })

  test('want of memory is told of instead of the end it made, and each container once', () => {
    expect(titles([killed('db'), exited('db', 137), exited('web')])).toEqual(['db ran out of memory', 'web ended'])
    expect(titles([exited('db', 137), killed('db'), killed('db')])).toEqual(['db ran out of memory'])
    expect(titles([exited('web', 1), exited('web', 2)])).toEqual(['web ended'])
    expect(titles([exited('web'), exited('db')], { isToldOf: (id) => id === 'id-of-web' })).toEqual(['db ended'])
  })

  test('one that is removed meanwhile has no page to lead to', () => {
    expect(planNotices([exited('web'), event('container.removed', { id: 'id-of-web', name: 'web' })], facts())[0]?.place).toEqual({ screen: 'activity' })
  })

  test('their names are only text, without markup', () => {
    expect(titles([exited('<a href=x>&amp;\u202e\n')])).toEqual([String.raw`‹a href=x›＆amp;\u202e\n ended`])
    expect(titles([exited('x'.repeat(1_000_000))])[0]!.length).toBeLessThan(80)
  })
})

test('disks are told of by the newest word on them, and lead to what takes the space', () => {
  const free = 4.25 * 1024 ** 3
  expect(planNotices([event('disk.nearly-full', { disk: 'host', freeBytes: free })], facts())).toEqual([
    { title: 'This computer’s disk is nearly full', body: '4.3 GiB are left. When it is full, Docker pauses until there is room; nothing is lost.', place: { screen: 'disk' } },
  ])
  expect(titles([event('disk.nearly-full', { disk: 'vm', freeBytes: free }), event('disk.full', { disk: 'vm', freeBytes: 0 })])).toEqual(['Docker’s data disk is full'])
  expect(titles([event('vm.paused', { cause: 'no-space' })])).toEqual(['This computer’s disk is full'])
  expect(titles([event('vm.paused', { cause: 'asked' })])).toEqual([])
})

test('each sort has its off switch; want of memory is an end where only ends are told', () => {
  const events = [killed('db'), exited('db', 137), exited('web'), event('disk.full', { disk: 'vm', freeBytes: 0 })]
  expect(titles(events, { wants: { ...all, notifyExits: false } })).toEqual(['db ran out of memory', 'Docker’s data disk is full'])
  expect(titles(events, { wants: { ...all, notifyOom: false, notifyDisk: false } })).toEqual(['2 containers ended'])
  expect(titles(events, { wants: { notifyExits: false, notifyOom: false, notifyDisk: false } })).toEqual([])
})

test('news begin after what is older than the app and after what was told', () => {
  const at = (second: number, id: number): EngineEvent => ({ ...event('container.exited', {}, id), at: new Date(second * 1000).toISOString() })
  const newest = [at(40, 9), at(30, 7), at(20, 4)]
  expect(lastOldEvent(newest, { startedAt: 25_000, lastTold: 0 })).toBe(4)
  expect(lastOldEvent(newest, { startedAt: 25_000, lastTold: 7 })).toBe(7)
  expect(lastOldEvent(newest, { startedAt: 99_000, lastTold: 0 })).toBe(9)
  // All of them are news, or there are none at all.
  expect(lastOldEvent(newest, { startedAt: 0, lastTold: 0 })).toBe(3)
  expect(lastOldEvent([], { startedAt: 0, lastTold: 0 })).toBe(0)
  // A store that began anew, or a clock that was set back.
  expect(lastOldEvent(newest, { startedAt: 25_000, lastTold: 5000 })).toBe(4)
  expect(lastOldEvent(newest, { startedAt: -99_000, lastTold: 9 })).toBe(9)
})

test('a page shows a place whatever view of it is open', () => {
  const page = 'cove-window://app/index.html'
  expect(showsPlace(`${page}#/containers/a1/stats`, { screen: 'containers', part: 'a1', tab: 'logs' })).toBe(true)
  expect(showsPlace(`${page}#/activity`, { screen: 'activity' })).toBe(true)
  for (const url of [page, `${page}#/containers`, `${page}#/containers/b2`, `${page}#/activity`]) expect(showsPlace(url, { screen: 'containers', part: 'a1' }), url).toBe(false)
  expect(showsPlace(`${page}#/containers/a1`, { screen: 'containers' })).toBe(false)
})
