// C0 and C1 controls, DEL, and the marks that reorder or hide text (bidi controls, zero-width, line separators, tags).
const harmful = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/gu

/** Text from outside with every control character shown as an escape instead of obeyed; newline and tab stay. */
export function harmless(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(harmful, escapeOf)
}

/** The same on one line: newlines and tabs are shown as escapes too. */
export function harmlessLine(text: string): string {
  return harmless(text).replaceAll('\n', String.raw`\n`).replaceAll('\t', String.raw`\t`)
}

function escapeOf(char: string): string {
  if (char === '\r') return String.raw`\r`
  const code = char.codePointAt(0) ?? 0
  if (code < 0x100) return String.raw`\x${code.toString(16).padStart(2, '0')}`
  return code > 0xffff ? String.raw`\u{${code.toString(16)}}` : String.raw`\u${code.toString(16).padStart(4, '0')}`
}
