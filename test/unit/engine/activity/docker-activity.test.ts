import { expect, test } from 'vitest'
import type { DockerEvent } from '#engine/docker/docker-event.ts'
import { DockerActivity, rememberedOf } from '#engine/activity/docker-activity.ts'

const event = (action: string, attributes: Record<string, string> = {}, type = 'container'): DockerEvent => ({ type, action, id: 'c1', attributes: { name: 'web', ...attributes } })

test('what matters afterwards is remembered with its code or health, the rest is not', () => {
  expect(rememberedOf(event('die', { exitCode: '137', image: 'i', 'com.docker.compose.project': 'shop' }))).toEqual({ kind: 'container.exited', detail: { id: 'c1', name: 'web', image: 'i', project: 'shop', exitCode: 137 } })
  expect(rememberedOf(event('oom'))?.kind).toBe('container.oom-killed')
  expect(rememberedOf(event('health_status: unhealthy'))).toMatchObject({ kind: 'container.health', detail: { health: 'unhealthy' } })
  expect(rememberedOf(event('pull', {}, 'image'))?.kind).toBe('image.pulled')
  for (const noise of ['exec_create: sh', 'top', 'attach', 'resize', 'brand-new']) expect(rememberedOf(event(noise))).toBeUndefined()
})

test('a container that dies again and again is one entry at a time, which says how often', () => {
  const kept: [string, Record<string, unknown>][] = []
  let now = 0
  const activity = new DockerActivity({ addEvent: (kind, detail) => void kept.push([kind, detail]) }, () => now)
  for (let i = 0; i < 10; i++) activity.take(event('die', { exitCode: '1' }))
  activity.take(event('die', { exitCode: '2' }))
  now = 31_000
  activity.take(event('die', { exitCode: '1' }))
  expect(kept.map(([kind, { exitCode, repeated }]) => [kind, exitCode, repeated])).toEqual([
    ['container.exited', 1, undefined],
    ['container.exited', 2, undefined],
    ['container.exited', 1, 9],
  ])
})

test('an end that somebody asked for is told from one that nobody did', () => {
  const kept: unknown[] = []
  let now = 0
  const activity = new DockerActivity({ addEvent: (_, detail) => void kept.push(detail['asked'] ?? false) }, () => (now += 60_000))
  const end = (exitCode: number, ...before: DockerEvent[]): unknown => {
    for (const each of [...before, event('die', { exitCode: String(exitCode) })]) activity.take(each)
    return kept.at(-1)
  }
  const started = event('start')
  const signal = (number: number): DockerEvent => event('kill', { signal: String(number) })
  expect(end(1, started)).toBe(false)
  expect(end(143, started, signal(15))).toBe(true)
  // What was asked of its former life says nothing of this one.
  expect(end(1, started)).toBe(false)
  expect(end(1, signal(15), started)).toBe(false)
  // A message to the program is no wish that it ends, unless it ended of that very signal.
  expect(end(1, started, signal(1))).toBe(false)
  expect(end(129, started, signal(1))).toBe(true)
  // Whoever sits before it sees it end; compose's watching is none.
  expect(end(130, event('attach'), started)).toBe(true)
  expect(end(1, event('attach', { 'com.docker.compose.project': 'shop' }), started)).toBe(false)
  expect(end(1, event('attach', { 'com.docker.compose.project': 'shop', 'com.docker.compose.oneoff': 'True' }), started)).toBe(true)
  expect(end(137, event('kill', { signal: '9' }))).toBe(true)
})

test('Ctrl-C of a foreground `docker compose up` ends nothing unasked, in the order that Docker 28 told it; what crashed before it did', () => {
  const kept: Record<string, unknown>[] = []
  const activity = new DockerActivity({ addEvent: (_, detail) => void kept.push(detail) })
  // As seen with services that end by SIGTERM, only by SIGKILL, and that crash and are started again; `stop` may come before `die`.
  const told = `
    attach plain, attach polite, attach restarting, start polite, start plain, start restarting,
    die restarting 7, start restarting, kill polite 15, kill plain 15, kill restarting 15, kill plain 9,
    die restarting 143, stop restarting, stop plain, die plain 137, die polite 3, stop polite`
  for (const [action = '', id = '', number = ''] of told.split(',').map((line) => line.trim().split(' '))) {
    const attributes = { name: id, 'com.docker.compose.project': 'shop', 'com.docker.compose.oneoff': 'False', ...(action === 'kill' ? { signal: number } : {}), ...(action === 'die' ? { exitCode: number } : {}) }
    activity.take({ type: 'container', action, id, attributes })
  }
  const ends = kept.filter(({ exitCode }) => exitCode !== undefined).map(({ id, exitCode, asked }) => [id, exitCode, asked ?? false])
  expect(ends).toEqual([['restarting', 7, false], ['restarting', 143, true], ['plain', 137, true], ['polite', 3, true]])
})

test('what Cove makes for a moment of its own leaves no trace, as Docker 28 told it of an export; an image of somebody’s does', () => {
  const kept: string[] = []
  const activity = new DockerActivity({ addEvent: (kind, { id }) => void kept.push(`${kind} ${String(id)}`) })
  const label = { 'org.cove.transfer': '1' }
  const tell = (type: string, action: string, id: string, attributes: Record<string, string>): void => activity.take({ type, action, id, attributes })
  tell('image', 'tag', 'sha256:95', { name: 'cove/transfer:empty', ...label })
  tell('image', 'import', 'sha256:95', { name: 'sha256:95', ...label })
  tell('container', 'create', 'c1', { image: 'cove/transfer:empty', name: 'tender_fermat', 'org.cove.transfer': 'a6' })
  tell('container', 'destroy', 'c1', { image: 'cove/transfer:empty', name: 'tender_fermat', 'org.cove.transfer': 'a6' })
  tell('image', 'untag', 'sha256:95', { name: 'sha256:95', ...label })
  tell('image', 'delete', 'sha256:95', { name: 'sha256:95' })
  expect(kept).toEqual([])
  tell('image', 'delete', 'sha256:95', { name: 'sha256:95' })
  tell('container', 'destroy', 'c2', { image: 'i', name: 'web' })
  expect(kept).toEqual(['image.removed sha256:95', 'container.removed c2'])
})
