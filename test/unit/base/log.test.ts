import { appendFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync, mkdirSync, openSync, closeSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createLogger, openCappedFile, type LogLevel, type LogSink } from '#base/log.ts'
import { tempDir } from './temp-dir.ts'

function memorySink(): LogSink & { lines: string[] } {
  const lines: string[] = []
  return { lines, write: (line) => void lines.push(line), [Symbol.dispose]: () => undefined }
}

test('a log is made with its folder, both private', async () => {
  await using dir = tempDir()
  using sink = openCappedFile(dir.at('logs', 'a.log'))
  sink.write('hello\n')
  expect(readFileSync(dir.at('logs', 'a.log'), 'utf8')).toBe('hello\n')
  expect(statSync(dir.at('logs')).mode & 0o777).toBe(0o700)
  expect(statSync(dir.at('logs', 'a.log')).mode & 0o777).toBe(0o600)
})

test('the default cap is 20 MB, never exceeded, and the newest lines are kept whole', async () => {
  await using dir = tempDir()
  const cap = 20 * 1024 * 1024
  using sink = openCappedFile(dir.at('a.log'))
  const filler = 'x'.repeat(200_000)
  for (let i = 0; i < 300; i++) {
    sink.write(`${i} ${filler}\n`)
    expect(statSync(dir.at('a.log')).size).toBeLessThanOrEqual(cap)
  }
  const numbers = readFileSync(dir.at('a.log'), 'utf8').trimEnd().split('\n').map((line) => Number(line.split(' ')[0]))
  expect(numbers.at(-1)).toBe(299)
  expect(numbers).toEqual(numbers.map((_, i) => 300 - numbers.length + i))
  expect(numbers.length).toBeGreaterThan(49)
})

test('no line is so long that the cap is exceeded', async () => {
  await using dir = tempDir()
  using sink = openCappedFile(dir.at('a.log'), 1000)
  for (const length of [900, 5000, 10, 999, 1001]) {
    sink.write(`${'y'.repeat(length)}\n`)
    expect(statSync(dir.at('a.log')).size).toBeLessThanOrEqual(1000)
    expect(readFileSync(dir.at('a.log'), 'utf8')).toMatch(/y( …)?\n$/)
  }
})

test('a file larger than the cap, left by an earlier version, is brought below it', async () => {
  await using dir = tempDir()
  writeFileSync(dir.at('a.log'), `${'old line\n'.repeat(1000)}last\n`)
  using sink = openCappedFile(dir.at('a.log'), 1000)
  sink.write('new\n')
  const text = readFileSync(dir.at('a.log'), 'utf8')
  expect(text.length).toBeLessThanOrEqual(1000)
  expect(text).toMatch(/old line\nlast\nnew\n$/)
})

test('what others append to the file counts when it is opened again', async () => {
  await using dir = tempDir()
  openCappedFile(dir.at('a.log'), 1000)[Symbol.dispose]()
  appendFileSync(dir.at('a.log'), 'z'.repeat(990))
  using sink = openCappedFile(dir.at('a.log'), 1000)
  sink.write('more than ten bytes\n')
  expect(statSync(dir.at('a.log')).size).toBeLessThanOrEqual(1000)
})

test('a vanished folder loses lines, never the process, also at the cap', async () => {
  await using dir = tempDir()
  using sink = openCappedFile(dir.at('logs', 'a.log'), 1000)
  sink.write('before\n')
  rmSync(dir.at('logs'), { recursive: true })
  for (let i = 0; i < 100; i++) sink.write(`${'x'.repeat(90)}\n`)
  expect(existsSync(dir.at('logs'))).toBe(false)
  mkdirSync(dir.at('logs'))
  for (let i = 0; i < 20; i++) sink.write(`${'y'.repeat(90)}\n`)
  expect(readFileSync(dir.at('logs', 'a.log'), 'utf8')).toMatch(/y{90}\n$/)
})

test('a rotation that fails never writes into a file that got the log\'s descriptor', async () => {
  await using dir = tempDir()
  using sink = openCappedFile(dir.at('logs', 'a.log'), 1000)
  for (let i = 0; i < 9; i++) sink.write(`${'x'.repeat(99)}\n`)
  // The name of the temporary file is taken by a folder: rotating fails.
  mkdirSync(dir.at('logs', 'a.log.new'))
  writeFileSync(dir.at('logs', 'a.log.new', 'f'), '')
  for (let i = 0; i < 5; i++) sink.write(`${'y'.repeat(99)}\n`)
  const others = Array.from({ length: 5 }, (_, i) => openSync(dir.at(`innocent-${i}`), 'a+'))
  for (let i = 0; i < 5; i++) sink.write(`${'z'.repeat(99)}\n`)
  for (const file of others) closeSync(file)
  for (let i = 0; i < 5; i++) expect(readFileSync(dir.at(`innocent-${i}`), 'utf8')).toBe('')
  expect(statSync(dir.at('logs', 'a.log')).size).toBeLessThanOrEqual(1000)
})

test('a closed log takes no more lines', async () => {
  await using dir = tempDir()
  const sink = openCappedFile(dir.at('a.log'))
  sink[Symbol.dispose]()
  const other = openSync(dir.at('innocent'), 'a+')
  sink.write('late\n')
  closeSync(other)
  expect(readFileSync(dir.at('a.log'), 'utf8') + readFileSync(dir.at('innocent'), 'utf8')).toBe('')
})

test('rotating leaves no temporary file', async () => {
  await using dir = tempDir()
  using sink = openCappedFile(dir.at('a.log'), 1000)
  for (let i = 0; i < 50; i++) sink.write(`${'x'.repeat(99)}\n`)
  expect(readdirSync(dir.path)).toEqual(['a.log'])
})

test('a line holds time, level, scope, message and fields', () => {
  const sink = memorySink()
  createLogger(sink).scope('vm').info('it runs', { pid: 7, path: '/a/b.c', why: 'two words', error: new Error('no') })
  expect(sink.lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info  vm: it runs pid=7 path=\/a\/b\.c why="two words" error="no"\n$/)
})

test('the level is asked at each call', () => {
  const sink = memorySink()
  let level: LogLevel = 'warn'
  const log = createLogger(sink, () => level)
  log.info('no')
  level = 'debug'
  log.debug('yes')
  expect(sink.lines).toHaveLength(1)
})

test('secrets are redacted in messages, fields, errors and nested values', () => {
  const sink = memorySink()
  createLogger(sink).warn('proxy http://a:c4nary@h', {
    error: new Error('token=c4nary'),
    url: 'https://u:c4nary@h/x',
    nested: { headers: { authorization: 'Basic c4nary' }, list: ['password: c4nary'] },
    password: 'c4nary',
  })
  expect(sink.lines[0]).not.toContain('c4nary')
})

test('no text breaks the line or drives the terminal', () => {
  const sink = memorySink()
  const hostile = 'a\nb\r\u001b[2Jc\u009b1md\u007f\u202ee\u2028f\u0000'
  createLogger(sink).info(hostile, { hostile, nested: [hostile], error: new Error(hostile) })
  // oxlint-disable-next-line no-control-regex -- they are what must not be there
  expect(sink.lines[0]).toMatch(/^[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]*\n$/)
})

test('a value that JSON cannot hold is no reason to fail', () => {
  const sink = memorySink()
  const circular: Record<string, unknown> = {}
  circular['self'] = circular
  const trap = { toJSON: () => { throw new Error('trap') } }
  createLogger(sink).info('x', { circular, big: 12n, trap, nothing: undefined, f: () => 1 })
  expect(sink.lines[0]).toContain('big=')
})
