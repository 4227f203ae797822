import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { DiskContents } from '#contract/disk.ts'
import type { Unused } from '#contract/prune.ts'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { PruneDialog } from '../../parts/prune-dialog.tsx'
import { routeHash } from '../../state/router.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { Button } from '../../ui/button.tsx'
import { formatBytes } from '../../ui/format.ts'
import { NoticeBox } from '../../ui/notice.tsx'
import { Section } from '../../ui/page.tsx'

const kinds = ['images', 'containers', 'volumes', 'buildCache'] as const
const screens = { images: 'images', containers: 'containers', volumes: 'volumes', buildCache: 'builds' } as const

/** What takes the space, what of it can go, and the one button that lets it go. */
export function Contents({ onFreed }: { onFreed: () => void }) {
  const { t, i18n } = useTranslation()
  const contents = useAnswer('disk.contents', (api, signal) => api.disk.contents(undefined, { signal }))
  const unused = useAnswer('prune.preview', (api, signal) => api.prune.preview(undefined, { signal }))
  const [isPruning, setPruning] = useState(false)
  const [before, setBefore] = useState<number>()
  const size = (bytes: number): string => formatBytes(bytes, i18n.language)
  const all = contents.value && totalOf(contents.value)
  const freed = (): void => {
    setBefore(all)
    contents.refresh()
    unused.refresh()
    onFreed()
  }
  return (
    <Section title={t('disk.contents')} aside={<Button look="primary" icon="trash" disabled={!contents.value} onClick={() => setPruning(true)}>{t('prune.button')}</Button>}>
      <ProblemBox problem={contents.problem ?? unused.problem} />
      {before !== undefined && all !== undefined && !contents.isLoading && (
        <NoticeBox tone="good" title={t('prune.freed', { size: size(Math.max(0, before - all)) })} hint={t('disk.beforeAfter', { before: size(before), after: size(all) })} />
      )}
      <table className="pairs wide contents">
        <thead>
          <tr><th scope="col">{t('disk.kind')}</th><th scope="col">{t('disk.number')}</th><th scope="col">{t('column.size')}</th><th scope="col">{t('disk.canGo')}</th><td aria-hidden="true" /></tr>
        </thead>
        <tbody>
          {kinds.map((kind) => {
            const found = contents.value?.[kind]
            const free = unused.value && freeBytes(unused.value, kind)
            return (
              <tr key={kind}>
                <th scope="row"><a href={routeHash(screens[kind])}>{t(`disk.of.${kind}`)}</a></th>
                <td>{found?.count.toLocaleString(i18n.language) ?? '…'}</td>
                <td>{found ? size(found.bytes) : '…'}</td>
                <td>{free === undefined ? '…' : size(free)}</td>
                <td aria-hidden="true"><span className="layer-bar"><span style={{ width: `${(100 * (found?.bytes ?? 0)) / Math.max(1, all ?? 1)}%` }} /></span></td>
              </tr>
            )
          })}
        </tbody>
      </table>
      {isPruning && <PruneDialog onClose={() => setPruning(false)} onFreed={freed} />}
    </Section>
  )
}

function totalOf(contents: DiskContents): number {
  return kinds.reduce((sum, kind) => sum + contents[kind].bytes, 0)
}

/** What of a kind nothing uses. */
function freeBytes(unused: Unused, kind: (typeof kinds)[number]): number {
  if (kind === 'buildCache') return unused.buildCacheBytes
  const items = kind === 'images' ? [...unused.danglingImages, ...unused.unusedImages] : unused[kind]
  return items.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0)
}
