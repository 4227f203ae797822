import { expect, test } from 'vitest'
import { lineSplitter } from '#engine/vm/lines.ts'

function split(chunks: (string | Buffer)[], maxBytes = 100): { lines: string[]; dropped: number } {
  const lines: string[] = []
  let dropped = 0
  const feed = lineSplitter({ maxBytes, onLine: (line) => lines.push(line), onOversize: () => dropped++ })
  for (const chunk of chunks) feed(Buffer.from(chunk))
  return { lines, dropped }
}

test('Cuts at line ends wherever the chunks end, and holds an unfinished line back', () => {
  expect(split(['a', 'b\nc', '\r\n\n', 'rest']).lines).toEqual(['ab', 'c'])
})

test('Keeps letters whole that arrive in two chunks', () => {
  const bytes = Buffer.from('grün\n')
  expect(split([bytes.subarray(0, 3), bytes.subarray(3)]).lines).toEqual(['grün'])
})

test('Drops a line that is too long once, also when it comes in pieces, and goes on after it', () => {
  expect(split(['x'.repeat(60), 'x'.repeat(60), 'x'.repeat(500), 'end\nnext\n'])).toEqual({ lines: ['next'], dropped: 1 })
  expect(split([`${'x'.repeat(101)}\n${'y'.repeat(100)}\n`])).toEqual({ lines: ['y'.repeat(100)], dropped: 1 })
})
