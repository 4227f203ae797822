import { useTranslation } from 'react-i18next'
import type { ImageLayer } from '#contract/image.ts'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { useAnswer } from '../../state/use-answer.ts'
import { visible } from '../../ui/ansi.ts'
import { formatBytes } from '../../ui/format.ts'
import { Empty } from '../../ui/page.tsx'

/** The commands that made an image, the last first, each with the size of its layer. */
export function ImageLayers({ id }: { id: string }) {
  const { t } = useTranslation()
  const detail = useAnswer(`image.get ${id}`, (api, signal) => api.image.get({ id }, { signal }))
  const layers = detail.value?.layers
  if (!layers) return detail.problem ? <ProblemBox problem={detail.problem} /> : <Empty title={t('common.loading')} />
  const most = Math.max(1, ...layers.map(({ bytes }) => bytes))
  return (
    <div className="stack">
      <ol className="history" aria-label={t('image.layers')}>
        {layers.map((layer, index) => <Layer key={index} layer={layer} most={most} />)}
      </ol>
    </div>
  )
}

function Layer({ layer: { createdBy, bytes, comment }, most }: { layer: ImageLayer; most: number }) {
  const { i18n } = useTranslation()
  return (
    <li>
      <code>{visible(createdBy.replace(/^\/bin\/sh -c (#\(nop\) +)?/, (_, nop: string | undefined) => (nop === undefined ? 'RUN ' : ''))) || visible(comment)}</code>
      <span className="layer-bar"><span style={{ width: `${(bytes / most) * 100}%` }} /></span>
      <span className="figure muted">{bytes === 0 ? '' : formatBytes(bytes, i18n.language)}</span>
    </li>
  )
}
