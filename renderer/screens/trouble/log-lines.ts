/** One line of a log. */
export interface LogLine {
  /** Counts from 1 for the first line that was read. */
  number: number
  text: string
}

/** More lines than these are not kept: the oldest go. */
export const maxLines = 50_000

/** Adds chunks of whole lines to those that are there. */
export function addChunks(lines: readonly LogLine[], chunks: readonly string[]): readonly LogLine[] {
  let number = lines.at(-1)?.number ?? 0
  const added = chunks.flatMap((chunk) => (chunk.endsWith('\n') ? chunk.slice(0, -1) : chunk).split('\n')).map((text) => ({ number: ++number, text: readable(text) }))
  const all = lines.length === 0 ? added : [...lines, ...added]
  return all.length > maxLines ? all.slice(-maxLines) : all
}

/** Without colours and other control sequences, each remaining control character made visible; at most a few thousand characters. */
export function readable(line: string): string {
  return line
    .slice(0, 4000)
    .replaceAll(/\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])/g, '')
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g, (char) => (char === '\r' ? '' : String.fromCharCode(0x2400 + (char.charCodeAt(0) % 32))))
}

/** How grave a line says it is, by the word that Cove, QEMU or the kernel writes. */
export function toneOfLine(text: string): 'bad' | 'warn' | undefined {
  if (/\b(error|panic|fatal|Oops|BUG)\b/.test(text)) return 'bad'
  return /\b(warn|warning)\b/i.test(text) ? 'warn' : undefined
}
