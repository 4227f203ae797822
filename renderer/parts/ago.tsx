import type { MouseEvent } from 'react'
import i18next from 'i18next'
import { useNow } from '../state/now.ts'
import { formatAgo, formatMoment } from '../ui/format.ts'

/** How long ago a moment was, kept current; the moment itself is its tooltip. */
export function Ago({ at }: { at: string }) {
  // Not by the hook, here and in other cells: a table has hundreds of them, and another language draws it anew anyway.
  const { language } = i18next
  const now = useNow(30_000)
  // When it is pointed at, not for hundreds that nobody points at.
  const showMoment = ({ currentTarget }: MouseEvent<HTMLElement>): void => void (currentTarget.title = formatMoment(Date.parse(at), language))
  return <time dateTime={at} onMouseEnter={showMoment}>{formatAgo(Date.parse(at), now, language)}</time>
}
