import { useTranslation } from 'react-i18next'
import { useNow } from '../state/now.ts'
import { formatAgo, formatMoment } from '../ui/format.ts'

/** How long ago a moment was, kept current; the moment itself is its tooltip. */
export function Ago({ at }: { at: string }) {
  const { i18n } = useTranslation()
  const now = useNow(30_000)
  return <time dateTime={at} title={formatMoment(Date.parse(at), i18n.language)}>{formatAgo(Date.parse(at), now, i18n.language)}</time>
}
