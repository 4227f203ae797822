import type { ComposeProblem } from '#contract/project.ts'

/** What Compose said of a file, each thing at its line where that can be told. `text` is the file it is about, `file` its path. */
export function composeProblems(said: string, { text, file }: { text: string; file: string | null }): ComposeProblem[] {
  return said
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line): ComposeProblem => {
      const [, warning] = /^time="[^"]*" level=warning msg="(.*)"$/.exec(line) ?? []
      const message = (warning === undefined ? line : unquoted(warning)).slice(0, 2000)
      return { level: warning === undefined ? 'error' : 'warning', message: message.replace(/^validating [^:]+: /, ''), line: lineOf(message, text), file }
    })
}

/** The line that a message is about: as it says itself, or where the key that it names stands. */
function lineOf(message: string, text: string): number | null {
  const [, told] = /\bline (\d{1,7})\b/.exec(message) ?? []
  if (told !== undefined) return Number(told)
  const [, unset] = /^The "([^"]+)" variable is not set/.exec(message) ?? []
  if (unset !== undefined) return lineWith(text, new RegExp(String.raw`\$\{?${escaped(unset)}\b`))
  const [, service] = /^service "([^"]+)"/.exec(message) ?? []
  const [, path] = /(?:^|: )((?:services|volumes|networks|configs|secrets|name|version)(?:\.[\w.-]+)?)/.exec(message) ?? []
  const [, property] = /additional propert(?:y|ies) '([^']+)'/i.exec(message) ?? []
  const keys = [...(path?.split('.') ?? (service === undefined ? [] : ['services', service])), ...(property === undefined ? [] : [property])]
  return keys.length === 0 ? null : lineOfKey(text, keys)
}

/** Where a key stands in block-style YAML, or the nearest key above it that does. One that stands deeper, such as in a list, is taken only where none stands right below. */
function lineOfKey(text: string, keys: readonly string[]): number | null {
  const lines = text.split('\n')
  let [at, parent, found] = [0, -1, null as number | null]
  for (const key of keys) {
    const end = lines.findIndex((line, index) => index >= at && indentOf(line) <= parent)
    const block = lines.slice(at, end === -1 ? undefined : end)
    const child = indentOf(block.find((line) => indentOf(line) < Infinity) ?? '')
    const pattern = new RegExp(String.raw`^\s*(?:- )?["']?${escaped(key)}["']?\s*:`)
    const direct = block.findIndex((line) => indentOf(line) === child && pattern.test(line))
    const next = direct === -1 ? block.findIndex((line) => pattern.test(line)) : direct
    if (next === -1) return found
    parent = indentOf(block[next]!)
    at += next + 1
    found = at
  }
  return found
}

/** How far a line is indented; blank ones and comments belong to whatever is around them. */
function indentOf(line: string): number {
  return /^\s*(?:#|$)/.test(line) ? Infinity : /^\s*/.exec(line)![0].length
}

function lineWith(text: string, pattern: RegExp): number | null {
  const index = text.split('\n').findIndex((line) => pattern.test(line))
  return index === -1 ? null : index + 1
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}

function unquoted(text: string): string {
  return text.replaceAll(String.raw`\"`, '"')
}
