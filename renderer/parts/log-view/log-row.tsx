import { memo } from 'react'
import type { ContainerLine } from '#contract/container-log.ts'
import { readAnsi, type AnsiSpan } from '../../ui/ansi.ts'

/** How a line is shown. */
export interface LogLook {
  hasTime: boolean
  hasContainer: boolean
  isWrapped: boolean
  pattern: RegExp | undefined
}

/** No eye follows a line further; the rest is in the download. */
const maxShown = 8000

/** One line of a log: its time, who printed it, and its text in its colours. */
export const LogRow = memo(function LogRow({ line, look }: { line: ContainerLine; look: LogLook }) {
  const isCut = line.cutBytes > 0 || line.text.length > maxShown
  return (
    <>
      {look.hasTime && <time className="log-time" dateTime={line.at}>{line.at.slice(11, 23)}</time>}
      {look.hasContainer && <span className={`log-source hue-${hueOf(line.container)}`}>{line.container}</span>}
      <span className={`log-text ${line.stream}`}>
        {readAnsi(line.text.slice(0, maxShown)).map((span, index) => (
          <Span key={index} span={span} pattern={look.pattern} />
        ))}
        {isCut && <span className="muted"> …</span>}
      </span>
    </>
  )
})

function Span({ span: { text, className, color, background }, pattern }: { span: AnsiSpan; pattern: RegExp | undefined }) {
  const shown = marked(text, pattern)
  if (className === '' && color === undefined && background === undefined) return shown
  return <span className={className} style={{ color, background }}>{shown}</span>
}

function marked(text: string, pattern: RegExp | undefined) {
  const match = pattern?.exec(text)
  if (!match || match[0] === '') return text
  return (
    <>
      {text.slice(0, match.index)}
      <mark>{match[0]}</mark>
      {text.slice(match.index + match[0].length)}
    </>
  )
}

/** One of six hues for a name, always the same. */
function hueOf(name: string): number {
  let sum = 0
  for (const char of name) sum = (sum * 31 + char.codePointAt(0)!) % 997
  return sum % 6
}
