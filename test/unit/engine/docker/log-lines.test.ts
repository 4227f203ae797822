import { describe, expect, test } from 'vitest'
import { dockerTime, LogLines } from '#engine/docker/log-lines.ts'

const at = '2026-11-22T10:00:00.000000001Z'

/** One message as Docker frames it. */
function frame(stream: 1 | 2, text: string | Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(`${at} `), Buffer.from(text)])
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(body.length, 4)
  return Buffer.concat([header, body])
}

/** What comes out when the bytes arrive in pieces of one length. */
function read(bytes: Buffer, piece: number, hasTty = false) {
  const lines = new LogLines({ hasTty, container: 'web' })
  const out = []
  for (let from = 0; from < bytes.length; from += piece) out.push(...lines.push(bytes.subarray(from, from + piece)))
  return [...out, ...lines.end()]
}

describe.each([1, 3, 7, 1000])('in pieces of %i bytes', (piece) => {
  test('frames become lines of their streams, each with its time', () => {
    const found = read(Buffer.concat([frame(1, 'one\n'), frame(2, 'two\r\n'), frame(1, '\n'), frame(1, 'né')]), piece)
    expect(found).toEqual([
      { at, stream: 'stdout', text: 'one', cutBytes: 0, container: 'web' },
      { at, stream: 'stderr', text: 'two', cutBytes: 0, container: 'web' },
      { at, stream: 'stdout', text: '', cutBytes: 0, container: 'web' },
      { at, stream: 'stdout', text: 'né', cutBytes: 0, container: 'web' },
    ])
  })

  test('a line that Docker keeps in several messages is one again, the other stream between them or not', () => {
    expect(read(Buffer.concat([frame(1, 'be'), frame(2, 'x\n'), frame(1, 'gin\n')]), piece).map(({ text }) => text)).toEqual(['x', 'begin'])
  })

  test('of a terminal the bytes are lines as they are', () => {
    expect(read(Buffer.from(`${at} a\r\n${at} b c\r\n`), piece, true)).toMatchObject([{ at, text: 'a' }, { at, text: 'b c' }])
  })
})

test('messages that are lines of their own are read alike, whole at once or byte by byte, whatever stands between them', () => {
  const odd = [frame(1, 'two\nin one\n'), frame(2, 'begun '), frame(1, 'x\n'), frame(2, 'and ended\r\n'), frame(1, '\r\n'), frame(1, '\r'), frame(1, '\n'), frame(1, ''), frame(2, '\u001b[31mé\u001b[0m\n'), frame(1, 'open')]
  const bare = Buffer.from([1, 0, 0, 0, 0, 0, 0, 3, 0x61, 0x62, 0x0a, 1, 0, 0, 0, 0, 0, 0, 1, 0x0a, 1, 0, 0, 0, 0, 0, 0, 0])
  const bytes = Buffer.concat([...odd, bare, ...odd])
  expect(read(bytes, bytes.length)).toEqual(read(bytes, 1))
  expect(read(bytes, bytes.length)).toHaveLength(15)
})

test('a text of any bytes is what it is whole, wherever a chunk ends', () => {
  const texts = ['plain', 'é', '中文 🚢', '\u0085\u00a0', 'a'.repeat(200), '', ' ', '\t x']
  const bytes = Buffer.concat(texts.map((text, index) => frame(index % 2 === 0 ? 1 : 2, `${text}\n`)))
  for (let piece = 1; piece <= bytes.length; piece++) expect(read(bytes, piece).map(({ text }) => text).toSorted()).toEqual(texts.toSorted())
})

test('a line of a megabyte is cut and says by how much; what follows is whole', () => {
  const part = 'x'.repeat(16 * 1024)
  const long = Buffer.concat([...Array.from({ length: 63 }, () => frame(1, part)), frame(1, `${part}\n`), frame(1, 'next\n')])
  const found = read(long, 4096)
  expect(found.map(({ text, cutBytes }) => [text.length, cutBytes])).toEqual([[64 * 1024, 1024 * 1024 - 64 * 1024], [4, 0]])
})

test('bytes that are no text become replacement characters, and a frame that claims gigabytes costs nothing', () => {
  expect(read(frame(1, Buffer.from([0xff, 0xfe, 0x0a])), 1000)[0]?.text).toBe('\ufffd\ufffd')
  const huge = Buffer.from([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff])
  const lines = new LogLines({ hasTty: false })
  lines.push(huge)
  for (let i = 0; i < 200; i++) expect(lines.push(Buffer.alloc(64 * 1024, 0x61))).toEqual([])
  expect(lines.end()[0]?.text.length).toBeLessThanOrEqual(64 * 1024)
})

test('times keep their nanoseconds on the way to Docker', () => {
  expect(dockerTime('1970-01-01T00:00:01.000000001Z')).toBe('1.000000001')
  expect(dockerTime('1970-01-01T01:00:00.5+01:00')).toBe('0.500000000')
  expect(dockerTime('1700000000.25')).toBe('1700000000.25')
  for (const bad of ['', 'now', '10m', '2026-13-01T00:00:00Z', '1970-01-01']) expect(dockerTime(bad)).toBeUndefined()
})
