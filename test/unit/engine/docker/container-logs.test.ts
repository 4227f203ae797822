import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { LogWish, type ContainerLine } from '#contract/container-log.ts'
import { containerLogs } from '#engine/docker/container-logs.ts'
import { DockerApi } from '#engine/docker/docker-api.ts'
import { SeenLines } from '#engine/docker/seen-lines.ts'
import { smallDocker } from './small-docker.ts'

interface Line {
  at: string
  text: string
  stream?: 'stderr'
}

const second = (seconds: number, nanoseconds = 0): string => `2026-01-01T00:00:0${seconds}.${String(nanoseconds).padStart(9, '0')}Z`

/** As Docker writes it: a header of 8 bytes before each line. */
function frame({ at, text, stream }: Line): Buffer {
  const body = Buffer.from(`${at} ${text}\n`)
  const head = Buffer.alloc(8)
  head[0] = stream === 'stderr' ? 2 : 1
  head.writeUInt32BE(body.length, 4)
  return Buffer.concat([head, body])
}

/** Follows a log that holds `before`, and `after` as well once it has been read; the texts that come until as many as told. */
async function follow({ before, after, wish = {} }: { before: Line[]; after: Line[]; wish?: Partial<LogWish> }, count: number): Promise<string[]> {
  await using docker = await smallDocker()
  const api = new DockerApi(docker.client.send, AbortSignal.timeout(10_000))
  docker.answer('/containers/a/json', { Id: 'a', Name: '/n', Created: '2026-01-01T00:00:00Z', State: { Status: 'running', Running: true }, Config: { Tty: false }, HostConfig: {} })
  docker.serve('/containers/a/logs', ({ url }, response: ServerResponse) => {
    const asked = new URL(url ?? '', 'http://d').searchParams
    const isFollowed = asked.get('follow') === 'true' || asked.get('follow') === '1'
    const [whole = '0', fraction = ''] = (asked.get('since') ?? '0').split('.')
    const from = `${new Date(Number(whole) * 1000).toISOString().slice(0, 19)}.${fraction.padEnd(9, '0')}Z`
    const tail = asked.get('tail') ?? 'all'
    const written = isFollowed ? [...before, ...after] : before
    // As Docker does: from the first line of that time on, whatever the times of those behind it.
    const first = written.findIndex(({ at }) => at >= from)
    const all = first === -1 ? [] : written.slice(first)
    for (const line of tail === 'all' ? all : all.slice(all.length - Number(tail))) response.write(frame(line))
    if (isFollowed) response.flushHeaders()
    else response.end()
  })
  const found: string[] = []
  for await (const batch of containerLogs({ api, live: docker.client.live, id: 'a' }, LogWish.parse({ ...wish, follow: true }))) {
    if (batch.kind === 'lines') found.push(...batch.lines.map(({ text }) => text))
    if (found.length >= count) break
  }
  return found
}

test('a line that is written after another of a later time is not lost between reading and following', async () => {
  const before = [{ at: second(2), text: 'one' }, { at: second(3, 500), text: 'two' }]
  const after: Line[] = [{ at: second(3, 200), text: 'careful', stream: 'stderr' }, { at: second(3, 500), text: 'same time', stream: 'stderr' }, { at: second(3, 500), text: 'same stream' }, { at: second(4), text: 'three' }]
  expect(await follow({ before, after }, 6)).toEqual(['one', 'two', 'careful', 'same time', 'same stream', 'three'])
})

test('what the wish for the last lines left out does not come with what follows', async () => {
  const before = Array.from({ length: 100 }, (_, i) => ({ at: second(3, i), text: `line ${i}` }))
  expect(await follow({ before, after: [{ at: second(3, 200), text: 'new' }], wish: { tail: 2 } }, 3)).toEqual(['line 98', 'line 99', 'new'])
})

test('more lines in a moment than are kept come once each all the same', async () => {
  const before = Array.from({ length: 25_000 }, (_, i) => ({ at: second(3, i), text: `line ${i}` }))
  const found = await follow({ before, after: [{ at: second(3, 30_000), text: 'new' }] }, 25_001)
  expect(found).toHaveLength(25_001)
  expect(new Set(found).size).toBe(25_001)
})

test('lines that come after the clock was set back are read on', async () => {
  const before = [{ at: second(8), text: 'one' }, { at: second(9), text: 'two' }, { at: second(3), text: 'set back' }]
  expect(await follow({ before, after: [{ at: second(4), text: 'three' }] }, 4)).toEqual(['one', 'two', 'set back', 'three'])
})

test('lines that come as the clock is set back are read on, those too of a time that an earlier line had', async () => {
  const before = [{ at: second(5), text: 'one' }, { at: second(9), text: 'two' }]
  expect(await follow({ before, after: [{ at: second(3), text: 'set back' }, { at: second(5), text: 'three' }] }, 4)).toEqual(['one', 'two', 'set back', 'three'])
})

test('what follows is read as well once the last line that was read is no longer kept by Docker', () => {
  const log = new SeenLines(true)
  const line = (at: string, text: string): ContainerLine => ({ at, text, stream: 'stdout', cutBytes: 0, container: '' })
  log.note([line(second(2), 'one'), line(second(3), 'two')])
  const isNew = log.forNextRead()
  expect(isNew(line(second(3), 'another'))).toBe(true)
  expect(isNew(line(second(4), 'three'))).toBe(true)
})
