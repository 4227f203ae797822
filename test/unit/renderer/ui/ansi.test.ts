import { expect, test } from 'vitest'
import { readAnsi, withoutAnsi } from '#renderer/ui/ansi.ts'

const esc = '\u001b'
const shown = (line: string): unknown[] => readAnsi(line).map(({ text, className, color, background }) => [text, className, color ?? background].filter((part) => part !== undefined && part !== ''))

test('a line’s colours become spans', () => {
  expect(shown(`plain ${esc}[31mred ${esc}[1;42mbold${esc}[0m end`)).toEqual([['plain '], ['red ', 'fg-1'], ['bold', 'fg-1 bg-2 bold'], [' end']])
  expect(shown(`${esc}[97mbright${esc}[39m plain${esc}[22m`)).toEqual([['bright', 'fg-15'], [' plain']])
})

test('256 colours and all colours are what they say', () => {
  expect(shown(`${esc}[38;5;9ma${esc}[38;5;196mb${esc}[38;5;244mc${esc}[48;2;1;2;3md`)).toEqual([['a', 'fg-9'], ['b', '#ff0000'], ['c', '#808080'], ['d', '#808080']])
  expect(readAnsi(`${esc}[48;2;1;2;300mx`)[0]?.background).toBe('#0102ff')
})

test('whatever else a terminal would obey is dropped, and nothing turns text around', () => {
  expect(withoutAnsi(`a${esc}[2J${esc}]0;title\u0007b${esc}[?25lc\r`)).toBe('abc')
  expect(withoutAnsi(`${esc}]8;;http://evil${esc}\\link${esc}]8;;${esc}\\`)).toBe('link')
  expect(withoutAnsi('\u202eabc\u0000')).toBe('␎abc␀')
  expect(withoutAnsi(`${esc}[38;5m${esc}[38;2;1mx${esc}`)).toBe('x')
})

test('a line of a million characters takes no more than its length', () => {
  const long = `${esc}[31m${'x'.repeat(1_000_000)}`
  expect(readAnsi(long)).toEqual([{ text: 'x'.repeat(1_000_000), className: 'fg-1' }])
})
