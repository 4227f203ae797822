const wide = /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
const combining = /\p{M}/u

/** Columns a text without control characters takes on a terminal. */
export function widthOf(text: string): number {
  let columns = 0
  for (const char of text) columns += combining.test(char) ? 0 : wide.test(char) ? 2 : 1
  return columns
}

/** The text filled with spaces to a width. */
export function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)))
}

/** The text cut to a width, with an ellipsis when something was cut. */
export function fitTo(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  let kept = ''
  let used = 0
  for (const char of text) {
    const next = used + widthOf(char)
    if (next > columns - 1) break
    kept += char
    used = next
  }
  return `${kept}…`
}

/** The words of a text on lines of at most `columns`; a longer word gets a line of its own, whole. */
export function wrap(text: string, columns: number): string[] {
  return text.split('\n').flatMap((paragraph) => wrapParagraph(paragraph, columns))
}

function wrapParagraph(paragraph: string, columns: number): string[] {
  const lines: string[] = []
  for (const word of paragraph.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= columns) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
