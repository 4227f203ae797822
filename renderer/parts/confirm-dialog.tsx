import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { EngineApi } from '../state/connection.ts'
import { useAction } from '../state/use-action.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { ProblemBox } from './problem-box.tsx'

interface ConfirmDialogProps {
  title: string
  /** What will be lost, and what depends on it. */
  children: ReactNode
  confirm: string
  isReady?: boolean
  isDanger?: boolean
  work: (api: EngineApi) => Promise<unknown>
  /** It is done, or called off. */
  onClose: () => void
}

/** Says what will happen before it does; what goes wrong is shown where it was asked for. */
export function ConfirmDialog({ title, children, confirm, isReady = true, isDanger = true, work, onClose }: ConfirmDialogProps) {
  const { t } = useTranslation()
  const action = useAction(async (api) => {
    await work(api)
    return true
  })
  const run = async (): Promise<void> => {
    if (await action.run()) onClose()
  }
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <ProblemBox problem={action.problem} />
      <div className="buttons end">
        <Button onClick={onClose} data-first>{t('common.cancel')}</Button>
        <Button look={isDanger ? 'danger' : 'primary'} isBusy={action.isRunning} disabled={!isReady} onClick={() => void run()}>{confirm}</Button>
      </div>
    </Dialog>
  )
}
