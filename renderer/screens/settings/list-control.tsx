import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, IconButton } from '../../ui/button.tsx'
import type { ControlProps } from './control.tsx'

/** A setting that holds several values: each with a button that takes it out, and a field for another one. */
export function ListControl({ entry, labelledBy, describedBy, isInvalid, onChange }: ControlProps) {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const parts = Array.isArray(entry.value) ? entry.value : []
  const set = (next: readonly string[]): void => onChange(JSON.stringify(next))
  const add = (): void => {
    if (text.trim() === '' || parts.includes(text.trim())) return
    set([...parts, text.trim()])
    setText('')
  }
  return (
    <div className="list-control" role="group" aria-labelledby={labelledBy} aria-describedby={describedBy}>
      {parts.length > 0 && (
        <ul>
          {parts.map((part) => (
            <li key={part}>
              <code>{part}</code>
              <IconButton icon="close" label={t('settings.remove', { part })} onClick={() => set(parts.filter((each) => each !== part))} />
            </li>
          ))}
        </ul>
      )}
      <form onSubmit={(event) => (event.preventDefault(), add())}>
        <input type="text" aria-label={t('settings.another')} aria-invalid={isInvalid} value={text} spellCheck={false} onChange={(event) => setText(event.target.value)} />
        <Button onClick={add} disabled={text.trim() === ''}>{t('settings.add')}</Button>
      </form>
    </div>
  )
}
