import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Unused } from '#contract/prune.ts'
import type { EngineApi } from '../state/connection.ts'
import { notify } from '../state/notices.ts'
import { runTask } from '../state/run-task.ts'
import { useAnswer } from '../state/use-answer.ts'
import { formatBytes } from '../ui/format.ts'
import { visible } from '../ui/ansi.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { ProblemBox } from './problem-box.tsx'

const kinds = ['containers', 'danglingImages', 'unusedImages', 'volumes', 'networks'] as const
/** What may go without asking what it holds. */
const harmless: readonly (keyof Unused)[] = ['danglingImages', 'buildCacheBytes']

/** What nothing uses, kind by kind, and what its removal would free; removes exactly what was shown. */
export function PruneDialog({ only, onClose, onFreed }: { only?: readonly (keyof Unused)[]; onClose: () => void; onFreed?: () => void }) {
  const { t, i18n } = useTranslation()
  const shown = [...kinds, 'buildCacheBytes' as const].filter((kind) => only?.includes(kind) ?? true)
  const [chosen, setChosen] = useState<ReadonlySet<keyof Unused>>(new Set(only ?? harmless))
  const unused = useAnswer('prune.preview', (api, signal) => api.prune.preview(undefined, { signal }))
  const preview = unused.isLoading ? undefined : unused.value
  const bytes = (kind: keyof Unused): number => {
    const value = preview?.[kind] ?? 0
    return typeof value === 'number' ? value : value.reduce((sum, item) => sum + (item.bytes ?? 0), 0)
  }
  const total = shown.filter((kind) => chosen.has(kind)).reduce((sum, kind) => sum + bytes(kind), 0)
  const ids = (kind: (typeof kinds)[number]): string[] => (chosen.has(kind) ? (preview?.[kind] ?? []).map(({ id }) => id) : [])
  const work = async (api: EngineApi): Promise<void> => {
    const { freedBytes } = await runTask(api, api.prune.apply({ containers: ids('containers'), images: [...ids('danglingImages'), ...ids('unusedImages')], volumes: ids('volumes'), networks: ids('networks'), buildCache: chosen.has('buildCacheBytes') }))
    if (onFreed) onFreed()
    else notify(t('prune.freed', { size: formatBytes(Number(freedBytes ?? 0), i18n.language) }))
  }
  const toggle = (kind: keyof Unused): void => {
    const next = new Set(chosen)
    if (!next.delete(kind)) next.add(kind)
    setChosen(next)
  }
  return (
    <ConfirmDialog title={t('prune.title')} confirm={t('prune.confirm', { size: formatBytes(total, i18n.language) })} isReady={total > 0 || kinds.some((kind) => ids(kind).length > 0)} work={work} onClose={onClose}>
      {!preview && !unused.problem && <p className="muted">{t('prune.looking')}</p>}
      <ProblemBox problem={unused.problem} />
      {preview && (
        <ul className="prune-kinds">
          {shown.map((kind) => {
            const items = preview[kind]
            return (
              <li key={kind}>
                <label className="check"><input type="checkbox" checked={chosen.has(kind)} onChange={() => toggle(kind)} /> <strong>{t(`prune.${kind}`, { number: typeof items === 'number' ? '' : items.length })}</strong></label>
                <span className="figure muted">{formatBytes(bytes(kind), i18n.language)}</span>
                {typeof items !== 'number' && items.length > 0 && <p className="muted prune-names">{items.map(({ name }) => visible(name)).join(', ')}</p>}
              </li>
            )
          })}
        </ul>
      )}
      {chosen.has('volumes') && <p className="muted">{t('prune.volumesLost')}</p>}
    </ConfirmDialog>
  )
}
