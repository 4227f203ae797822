import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { EngineApi } from '../state/connection.ts'
import { useAction } from '../state/use-action.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { ProblemBox } from './problem-box.tsx'

interface PromptDialogProps {
  title: string
  label: string
  placeholder?: string
  initial?: string
  hint?: string
  confirm: string
  work: (api: EngineApi, text: string) => Promise<unknown>
  onClose: () => void
}

/** Asks for one line, such as a name, and does what it is for. */
export function PromptDialog({ title, label, placeholder, initial = '', hint, confirm, work, onClose }: PromptDialogProps) {
  const { t } = useTranslation()
  const [text, setText] = useState(initial)
  const action = useAction(async (api) => {
    await work(api, text.trim())
    return true
  })
  const submit = async (): Promise<void> => {
    if (await action.run()) onClose()
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="run-form" onSubmit={(event) => (event.preventDefault(), void (text.trim() !== '' && !action.isRunning && submit()))}>
        <Field label={label} hint={hint}><input type="text" data-first value={text} placeholder={placeholder} onChange={(event) => setText(event.target.value)} /></Field>
        <ProblemBox problem={action.problem} />
        <div className="buttons end">
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" look="primary" isBusy={action.isRunning} disabled={text.trim() === ''}>{confirm}</Button>
        </div>
      </form>
    </Dialog>
  )
}
