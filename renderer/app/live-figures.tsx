import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Figures } from '#contract/engine.ts'
import { useStream } from '../state/streams.ts'
import { formatBytes } from '../ui/format.ts'

/** What the vm uses now: processors, memory, disk. A window that cannot be seen asks for nothing. */
export function LiveFigures() {
  const { t, i18n } = useTranslation()
  const [figures, setFigures] = useState<Figures | null>(null)
  const isSeen = useIsSeen()
  useStream<Figures | null>(isSeen ? 'figures' : null, (api, signal) => api.engine.figures(undefined, { signal }), { onItems: (items) => setFigures(items.at(-1) ?? null) })
  if (!figures) return null
  const of = (used: number, all: number): string => t('stats.ofLimit', { used: formatBytes(used, i18n.language), limit: formatBytes(all, i18n.language) })
  return (
    <>
      {figures.cpuPercent !== null && <span>{t('bar.cpuNow', { percent: (figures.cpuPercent / 100).toLocaleString(i18n.language, { style: 'percent', maximumFractionDigits: 0 }) })}</span>}
      <span title={t('stats.memory')}>{of(figures.memoryUsedBytes, figures.memoryBytes)}</span>
      <span title={t('stats.disk')}>{t('bar.diskNow', { of: of(figures.diskUsedBytes, figures.diskBytes) })}</span>
    </>
  )
}

function useIsSeen(): boolean {
  const [isSeen, setSeen] = useState(!document.hidden)
  useEffect(() => {
    const update = (): void => setSeen(!document.hidden)
    document.addEventListener('visibilitychange', update)
    return () => document.removeEventListener('visibilitychange', update)
  }, [])
  return isSeen
}
