import { useTranslation } from 'react-i18next'
import type { LayerProgress } from '#contract/task.ts'
import { formatBytes } from '../ui/format.ts'

/** The layers with those that changed put in their places; new ones come last. */
export function mergeLayers(layers: readonly LayerProgress[], changed: readonly LayerProgress[]): readonly LayerProgress[] {
  const byId = new Map(layers.map((layer) => [layer.id, layer]))
  for (const layer of changed) byId.set(layer.id, layer)
  return [...byId.values()]
}

/** How far each layer of a pull or push is. */
export function LayerList({ layers }: { layers: readonly LayerProgress[] }) {
  const { t, i18n } = useTranslation()
  const size = (bytes: number): string => formatBytes(bytes, i18n.language)
  return (
    <ul className="layers" aria-label={t('image.layers')} tabIndex={0}>
      {layers.map(({ id, status, currentBytes, totalBytes }) => (
        <li key={id}>
          <code>{id}</code>
          <span lang="en">{status}</span>
          {currentBytes !== null && totalBytes !== null && totalBytes > 0 ? <progress value={currentBytes} max={totalBytes} aria-label={id} /> : <span />}
          <span className="muted figure">{currentBytes !== null && totalBytes !== null ? `${size(currentBytes)} / ${size(totalBytes)}` : ''}</span>
        </li>
      ))}
    </ul>
  )
}
