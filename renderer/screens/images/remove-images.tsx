import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Image } from '#contract/image.ts'
import { isAlive } from '../../parts/container-tone.ts'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { RemoveObjects, type Doomed } from '../../parts/remove-objects.tsx'
import { useAnswer } from '../../state/use-answer.ts'
import { formatBytes } from '../../ui/format.ts'
import { imageName } from './image-name.ts'

/** What is lost is asked of so many images at most. */
const maxAsked = 30

/** Says what goes with images and which containers are made of them, and removes them when told to. */
export function RemoveImages({ images, onClose }: { images: readonly Image[]; onClose: () => void }) {
  const { t, i18n } = useTranslation()
  const [isForced, setForced] = useState(false)
  const asked = images.slice(0, maxAsked)
  const losses = useAnswer(`image.loss ${asked.map(({ id }) => id).join(' ')}`, (api, signal) => Promise.all(asked.map(({ id }) => api.image.loss({ id }, { signal }))))
  const canForce = losses.value?.some(({ usedBy }) => usedBy.length > 0 && !usedBy.some(isAlive)) ?? false
  const objects = images.map((image): Doomed => {
    const loss = losses.value?.find(({ id }) => id === image.id)
    const users = loss?.usedBy ?? []
    const note = users.length === 0 ? '' : t('image.usedBy', { names: users.map(({ name }) => name).join(', ') })
    return { id: image.id, name: imageName(t, image), note, stays: users.some(isAlive) || (users.length > 0 && !isForced), figure: formatBytes(loss?.bytes ?? image.sizeBytes, i18n.language) }
  })
  const title = images.length === 1 ? t('remove.one', { name: objects[0]!.name }) : t('image.removeMany', { count: images.length })
  return (
    <RemoveObjects title={title} objects={objects} remove={(api, id) => api.image.remove({ id, force: isForced || (images.find((image) => image.id === id)?.tags.length ?? 0) > 1 })} onClose={onClose}>
      <ProblemBox problem={losses.problem} />
      {canForce && <label className="check"><input type="checkbox" checked={isForced} onChange={(event) => setForced(event.target.checked)} /> {t('image.force')}</label>}
    </RemoveObjects>
  )
}
