/** The lines on which the members of a JSON object stand, the outermost ones alone; valid JSON only. Members that are there twice are named. */
export function memberLines(text: string): { lines: Map<string, number>; twice: string[] } {
  const lines = new Map<string, number>()
  const twice: string[] = []
  let depth = 0
  let line = 1
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]!
    if (letter === '\n') line++
    else if (letter === '{' || letter === '[') depth++
    else if (letter === '}' || letter === ']') depth--
    else if (letter === '"') {
      const end = endOfString(text, at)
      // A name is followed by a colon, a value is not.
      if (depth === 1 && /^\s*:/.test(text.slice(end + 1, end + 200))) {
        const name = JSON.parse(text.slice(at, end + 1)) as string
        if (lines.has(name)) twice.push(name)
        lines.set(name, line)
      }
      at = end
    }
  }
  return { lines, twice }
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}

const token = /\s*(?:[{}[\],:]|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-f]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w))/iy

/** The line of the last that makes sense in a text which is no JSON, which JSON.parse does not always tell: that of a comma too many, of a word that is none. */
export function lineOfSyntaxError(text: string): number {
  const open: string[] = []
  let may = 'value'
  let end = 0
  for (;;) {
    token.lastIndex = end
    const found = token.exec(text)?.[0].trim()
    const next = found === undefined ? undefined : after(may, found, open)
    if (next === undefined) break
    may = next
    end = token.lastIndex
  }
  // A word that is none stands on a line of its own, a sign too early after what was before.
  const rest = /^\s*/.exec(text.slice(end))![0].length
  const isWord = /[\w"'-]/.test(text[end + rest] ?? '')
  return text.slice(0, isWord ? end + rest : end).split('\n').length
}

/** What may come after a token where `may` was expected; undefined when it does not fit. */
function after(may: string, found: string, open: string[]): string | undefined {
  const closed = (): string => (open.length === 0 ? 'end' : 'more')
  if (found === '}' || found === ']') {
    const isFit = open.at(-1) === (found === '}' ? '{' : '[') && (may === 'more' || may === (found === '}' ? 'first name' : 'first value'))
    if (!isFit) return undefined
    open.pop()
    return closed()
  }
  if (found === ',') return may === 'more' ? (open.at(-1) === '{' ? 'name' : 'value') : undefined
  if (found === ':') return may === 'colon' ? 'value' : undefined
  if (may === 'name' || may === 'first name') return found.startsWith('"') ? 'colon' : undefined
  if (may !== 'value' && may !== 'first value') return undefined
  if (found !== '{' && found !== '[') return closed()
  open.push(found)
  return found === '{' ? 'first name' : 'first value'
}
