/** A piece of a line that looks the same all along. */
export interface AnsiSpan {
  text: string
  /** Classes of the sheet: `fg-1`, `bg-12`, `bold`, … */
  className: string
  /** Colours beyond the sixteen that have names. */
  color?: string
  background?: string
}

interface Look {
  fg: string | null
  bg: string | null
  flags: ReadonlySet<string>
}

const plain: Look = { fg: null, bg: null, flags: new Set() }
const flagsOf: Record<number, string> = { 1: 'bold', 2: 'faint', 3: 'italic', 4: 'underline', 7: 'inverse', 9: 'struck' }
const endsOf: Record<number, readonly string[]> = { 22: ['bold', 'faint'], 23: ['italic'], 24: ['underline'], 27: ['inverse'], 29: ['struck'] }
// ESC [ … letter; ESC ] … BEL or ST; any other two-character escape.
const sequence = /\x1b(?:\[([0-?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_]?)/g

/** A line of a terminal as spans with its colours; every other control sequence is dropped, other control characters are made visible. */
export function readAnsi(line: string): readonly AnsiSpan[] {
  const spans: AnsiSpan[] = []
  let look = plain
  let from = 0
  const add = (text: string): void => {
    const shown = visible(text)
    if (shown !== '') spans.push(spanOf(shown, look))
  }
  for (const match of line.matchAll(sequence)) {
    add(line.slice(from, match.index))
    from = match.index + match[0].length
    if (match[2] === 'm') look = applySgr(look, match[1] ?? '')
  }
  add(line.slice(from))
  return spans
}

/** The same line without any look: what is searched and copied. */
export function withoutAnsi(line: string): string {
  return line.includes('\x1b') ? visible(line.replaceAll(sequence, '')) : visible(line)
}

/** Control characters and those that turn text around, as the symbols that Unicode has for them; a carriage return is what a line ends with. */
export function visible(text: string): string {
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (char) => (char === '\r' ? '' : String.fromCharCode(0x2400 + (char.charCodeAt(0) % 32))))
}

function spanOf(text: string, { fg, bg, flags }: Look): AnsiSpan {
  const named = (colour: string | null, kind: string): string[] => (colour !== null && !colour.includes('#') ? [`${kind}-${colour}`] : [])
  const className = [...named(fg, 'fg'), ...named(bg, 'bg'), ...flags].join(' ')
  return { text, className, ...(fg?.startsWith('#') ? { color: fg } : {}), ...(bg?.startsWith('#') ? { background: bg } : {}) }
}

function applySgr(look: Look, parameters: string): Look {
  const codes = parameters.split(/[;:]/).map((code) => Number.parseInt(code || '0', 10))
  let next = look
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at]!
    if (code === 38 || code === 48) {
      const { colour, length } = extendedColour(codes.slice(at + 1))
      if (colour !== null) next = code === 38 ? { ...next, fg: colour } : { ...next, bg: colour }
      at += length
    } else next = applyCode(next, code)
  }
  return next
}

function applyCode(look: Look, code: number): Look {
  if (code === 0) return plain
  const flag = flagsOf[code]
  if (flag !== undefined) return { ...look, flags: new Set([...look.flags, flag]) }
  const ended = endsOf[code]
  if (ended) return { ...look, flags: new Set([...look.flags].filter((each) => !ended.includes(each))) }
  if (code >= 30 && code <= 37) return { ...look, fg: String(code - 30) }
  if (code >= 90 && code <= 97) return { ...look, fg: String(code - 82) }
  if (code >= 40 && code <= 47) return { ...look, bg: String(code - 40) }
  if (code >= 100 && code <= 107) return { ...look, bg: String(code - 92) }
  if (code === 39) return { ...look, fg: null }
  return code === 49 ? { ...look, bg: null } : look
}

/** `5;n` is one of 256 colours, `2;r;g;b` one of all. */
function extendedColour(codes: readonly number[]): { colour: string | null; length: number } {
  const byte = (value: number | undefined): string => Math.max(0, Math.min(255, value || 0)).toString(16).padStart(2, '0')
  if (codes[0] === 2) return { colour: `#${byte(codes[1])}${byte(codes[2])}${byte(codes[3])}`, length: 4 }
  if (codes[0] !== 5) return { colour: null, length: 1 }
  const index = Math.max(0, Math.min(255, codes[1] || 0))
  if (index < 16) return { colour: String(index), length: 2 }
  if (index >= 232) return { colour: `#${byte(8 + (index - 232) * 10).repeat(3)}`, length: 2 }
  const level = (value: number): string => byte(value === 0 ? 0 : 55 + value * 40)
  const cube = index - 16
  return { colour: `#${level(Math.floor(cube / 36))}${level(Math.floor(cube / 6) % 6)}${level(cube % 6)}`, length: 2 }
}
