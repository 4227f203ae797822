import { appendFileSync, mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { openCappedFile } from '#base/log.ts'
import { readLog, type LogRange } from '#base/log-reader.ts'
import { tempDir } from './temp-dir.ts'

async function textOf(range: Omit<LogRange, 'follow'>): Promise<string> {
  let text = ''
  for await (const chunk of readLog({ ...range, follow: false })) text += chunk
  return text
}

/** Follows a log in the background. */
function follow(path: string, tail: number | null = null) {
  const abort = new AbortController()
  const chunks: string[] = []
  const done = (async () => {
    for await (const chunk of readLog({ path, follow: true, tail, signal: abort.signal })) chunks.push(chunk)
  })()
  done.catch(() => undefined)
  return {
    chunks,
    done,
    abort,
    text: () => chunks.join(''),
    shows: (text: string) => vi.waitFor(() => expect(chunks.join('')).toBe(text), { timeout: 2000, interval: 5 }),
    [Symbol.asyncDispose]: async () => {
      abort.abort()
      await done
    },
  }
}

describe('the tail', () => {
  const cases: [content: string, tail: number | null, expected: string][] = [
    ['', null, ''],
    ['', 3, ''],
    ['a\nb\nc\n', null, 'a\nb\nc\n'],
    ['a\nb\nc\n', 0, ''],
    ['a\nb\nc\n', 1, 'c\n'],
    ['a\nb\nc\n', 2, 'b\nc\n'],
    ['a\nb\nc\n', 3, 'a\nb\nc\n'],
    ['a\nb\nc\n', 99, 'a\nb\nc\n'],
    ['a\nb\nc', 1, 'c'],
    ['a\nb\nc', 2, 'b\nc'],
    ['a\nb\nc', 3, 'a\nb\nc'],
    ['no newline', 0, ''],
    ['no newline', 1, 'no newline'],
    ['\n', 1, '\n'],
    ['\n\n\n', 1, '\n'],
    ['\n\n\n', 2, '\n\n'],
    ['a\n\n', 1, '\n'],
    ['ü\nö\n', 1, 'ö\n'],
  ]
  test.each(cases)('of %j, %j lines, is %j', async (content, tail, expected) => {
    await using dir = tempDir()
    writeFileSync(dir.at('a.log'), content)
    expect(await textOf({ path: dir.at('a.log'), tail })).toBe(expected)
  })

  test.each([65_535, 65_536, 65_537, 131_072])('is right where lines and blocks of %d bytes end together', async (size) => {
    await using dir = tempDir()
    const last = `${'x'.repeat(size - 1)}\n`
    writeFileSync(dir.at('a.log'), `first\nsecond\n${last}`)
    expect(await textOf({ path: dir.at('a.log'), tail: 1 })).toBe(last)
    expect(await textOf({ path: dir.at('a.log'), tail: 2 })).toBe(`second\n${last}`)
    expect(await textOf({ path: dir.at('a.log'), tail: 0 })).toBe('')
  })
})

test('a missing log is an error that says so, unless it is followed', async () => {
  await using dir = tempDir()
  await expect(textOf({ path: dir.at('a.log'), tail: null })).rejects.toMatchObject({ code: 'log.missing', message: expect.stringContaining('a.log') })
  await expect(textOf({ path: dir.at('none', 'a.log'), tail: null })).rejects.toMatchObject({ code: 'log.missing' })
  await expect(follow(dir.at('none', 'a.log')).done).rejects.toMatchObject({ code: 'log.missing' })
})

test('chunks are whole lines', async () => {
  await using dir = tempDir()
  writeFileSync(dir.at('a.log'), 'ü some line\n'.repeat(50_000))
  for await (const chunk of readLog({ path: dir.at('a.log'), follow: false, tail: null })) expect(chunk).toMatch(/^ü[^]*\n$/)
})

test('a line that never ends is passed on in bounded pieces, no character broken', async () => {
  await using dir = tempDir()
  const line = `a${'€'.repeat(1_500_000)}`
  writeFileSync(dir.at('a.log'), line)
  const chunks = await Array.fromAsync(readLog({ path: dir.at('a.log'), follow: false, tail: null }))
  expect(chunks.join('') === line).toBe(true)
  expect(Math.max(...chunks.map((chunk) => Buffer.byteLength(chunk)))).toBeLessThan(1_200_000)
})

test('following shows what is appended, lines only once they are whole', async () => {
  await using dir = tempDir()
  writeFileSync(dir.at('a.log'), 'one\ntwo\n')
  await using log = follow(dir.at('a.log'), 1)
  await log.shows('two\n')
  appendFileSync(dir.at('a.log'), 'thr')
  appendFileSync(dir.at('a.log'), 'ee\nfo')
  await log.shows('two\nthree\n')
  appendFileSync(dir.at('a.log'), 'ur\n')
  await log.shows('two\nthree\nfour\n')
})

test('following a log that is not there yet begins when it comes', async () => {
  await using dir = tempDir()
  await using log = follow(dir.at('a.log'), 5)
  writeFileSync(dir.at('a.log'), 'first\n')
  await log.shows('first\n')
})

test('following goes on in a file that was truncated, without what was left of the old one', async () => {
  await using dir = tempDir()
  writeFileSync(dir.at('a.log'), 'old\nunfinished')
  await using log = follow(dir.at('a.log'))
  await log.shows('old\n')
  truncateSync(dir.at('a.log'))
  await log.shows('old\nunfinished')
  appendFileSync(dir.at('a.log'), 'new\n')
  await log.shows('old\nunfinishednew\n')
})

test('following goes on in a file that replaced the log, the last lines of the old one included', async () => {
  await using dir = tempDir()
  writeFileSync(dir.at('a.log'), 'old\n')
  await using log = follow(dir.at('a.log'))
  await log.shows('old\n')
  writeFileSync(dir.at('b'), 'new\n')
  appendFileSync(dir.at('a.log'), 'last\n')
  renameSync(dir.at('b'), dir.at('a.log'))
  await log.shows('old\nlast\nnew\n')
  rmSync(dir.at('a.log'))
  writeFileSync(dir.at('a.log'), 'newer\n')
  await log.shows('old\nlast\nnew\nnewer\n')
})

test('a follower sees each line once while the log rotates at its cap', async () => {
  await using dir = tempDir()
  using sink = openCappedFile(dir.at('a.log'), 16_000)
  sink.write('begin\n')
  await using log = follow(dir.at('a.log'), 1)
  await log.shows('begin\n')
  const lines: string[] = []
  for (let i = 0; i < 2000; i++) {
    const line = `line ${i} ${'x'.repeat(50)}\n`
    lines.push(line)
    sink.write(line)
    // A follower that keeps up: what rotates away unread is gone.
    if (i % 20 === 19) await vi.waitFor(() => expect(log.text().endsWith(line)).toBe(true), { timeout: 3000, interval: 1 })
  }
  const numbers = log.text().match(/line \d+/g) ?? []
  expect(new Set(numbers).size).toBe(numbers.length)
  expect(numbers.length).toBe(2000)
})

test('an abort ends following at once, and reading between two chunks', async () => {
  await using dir = tempDir()
  writeFileSync(dir.at('a.log'), 'x\n'.repeat(200_000))
  const log = follow(dir.at('a.log'))
  await vi.waitFor(() => expect(log.chunks.length).toBeGreaterThan(1))
  const read = log.chunks.length
  log.abort.abort()
  await log.done
  // At most the chunk that was under way.
  expect(log.chunks.length).toBeLessThanOrEqual(read + 1)

  const abort = new AbortController()
  let count = 0
  for await (const _chunk of readLog({ path: dir.at('a.log'), follow: false, tail: null, signal: abort.signal })) {
    count++
    abort.abort()
  }
  expect(count).toBe(1)
})

test('changes to other files do not wake a follower, and nothing is polled', async () => {
  await using dir = tempDir()
  writeFileSync(dir.at('a.log'), '')
  const interval = vi.spyOn(globalThis, 'setInterval')
  const timeout = vi.spyOn(globalThis, 'setTimeout')
  await using log = follow(dir.at('a.log'))
  writeFileSync(dir.at('b.log'), 'other\n')
  mkdirSync(dir.at('c'))
  await new Promise((resolve) => setImmediate(resolve))
  expect(log.chunks).toEqual([])
  expect(interval).not.toHaveBeenCalled()
  expect(timeout).not.toHaveBeenCalled()
})
