import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { EngineApi } from '../state/connection.ts'
import { attemptEach } from '../state/failures.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'

/** One object that is to go, and what that means. */
export interface Doomed {
  id: string
  name: string
  /** What is lost with it, what depends on it. */
  note: string
  figure?: string
  /** Docker would refuse it for the sake of what uses it. */
  stays?: boolean
}

interface RemoveObjectsProps {
  title: string
  objects: readonly Doomed[]
  confirm?: string
  remove: (api: EngineApi, id: string) => Promise<unknown>
  onClose: () => void
  /** More to say or to choose. */
  children?: ReactNode
}

/** Names what will be lost with some objects and removes them when told to; those in use stay, and those that Docker refuses, with the reason. */
export function RemoveObjects({ title, objects, confirm, remove, onClose, children }: RemoveObjectsProps) {
  const { t } = useTranslation()
  const going = objects.filter(({ stays }) => stays !== true)
  const work = (): Promise<void> => attemptEach(going, ({ name }) => name, (api, { id }) => remove(api, id))
  return (
    <ConfirmDialog title={title} confirm={confirm ?? t('remove.confirm')} isReady={going.length > 0} work={work} onClose={onClose}>
      <ul className="reset-items" tabIndex={0} aria-label={t('remove.lost')}>
        {objects.map(({ id, name, note, stays, figure = '' }) => (
          <li key={id}>
            <strong>{name}</strong>
            <span className="muted">{stays ? t('remove.stays', { note }) : note}</span>
            <span className="figure muted">{figure}</span>
          </li>
        ))}
      </ul>
      {children}
      {going.length < objects.length && <p>{t('remove.inUse')}</p>}
      {going.length > 0 && <p className="muted">{t('remove.noWayBack')}</p>}
    </ConfirmDialog>
  )
}
