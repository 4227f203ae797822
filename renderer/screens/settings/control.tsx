import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { SettingEntry } from '#contract/setting.ts'
import { ListControl } from './list-control.tsx'
import { controlKind } from './control-kind.ts'

/** What every control gets. */
export interface ControlProps {
  entry: SettingEntry
  /** The ids of the texts that name and explain it. */
  labelledBy: string
  describedBy: string
  isInvalid: boolean
  /** Sets the value, as a person would type it. */
  onChange: (value: string) => void
}

/** The control that fits what a setting may hold. */
export function Control(props: ControlProps) {
  const kind = controlKind(props.entry)
  if (kind.type === 'switch') return <Switch {...props} />
  if (kind.type === 'choice') return <Choice {...props} options={kind.options} />
  if (kind.type === 'list') return <ListControl {...props} />
  if (kind.type === 'number') return <Typed {...props} type="number" min={kind.minimum} max={kind.maximum} />
  return <Typed {...props} type="text" />
}

/** What was chosen is shown at once, until the engine holds it or has refused it. */
function useChosen({ entry, isInvalid, onChange }: ControlProps): [value: string, choose: (value: string) => void] {
  const [chosen, setChosen] = useState<string>()
  const value = String(entry.value)
  if (chosen !== undefined && (chosen === value || isInvalid)) setChosen(undefined)
  const choose = (next: string): void => {
    setChosen(next)
    onChange(next)
  }
  return [chosen ?? value, choose]
}

function Switch(props: ControlProps) {
  const [value, choose] = useChosen(props)
  return <input type="checkbox" role="switch" className="switch" checked={value === 'true'} aria-labelledby={props.labelledBy} aria-describedby={props.describedBy} onChange={(event) => choose(String(event.target.checked))} />
}

function Choice(props: ControlProps & { options: readonly string[] }) {
  const { t } = useTranslation()
  const [value, choose] = useChosen(props)
  const { entry, labelledBy, describedBy, options } = props
  return (
    <select value={value} aria-labelledby={labelledBy} aria-describedby={describedBy} onChange={(event) => choose(event.target.value)}>
      {options.map((option) => (
        <option key={option} value={option}>{t(`setting.${entry.name}.option.${option}` as 'setting.desktop.theme.option.dark', { defaultValue: option })}</option>
      ))}
    </select>
  )
}

interface TypedProps extends ControlProps {
  type: 'number' | 'text'
  min?: number | undefined
  max?: number | undefined
}

/** A field that takes hold when it is left or Enter is pressed; Escape takes the typing back. */
function Typed({ entry, labelledBy, describedBy, isInvalid, onChange, ...rest }: TypedProps) {
  const value = String(entry.value)
  const [{ of, text, sent }, setTyped] = useState({ of: value, text: value, sent: value })
  const setText = (typed: string): void => setTyped({ of: value, text: typed, sent })
  // It was changed elsewhere, or what was typed took hold: what has been typed since then stays.
  if (of !== value) setTyped({ of: value, text: value === sent ? text : value, sent: value })
  const commit = (): void => {
    if (text === value) return
    setTyped({ of: value, text, sent: text })
    onChange(text)
  }
  return (
    <input
      {...rest}
      value={text}
      aria-labelledby={labelledBy}
      aria-describedby={describedBy}
      aria-invalid={isInvalid}
      spellCheck={false}
      onChange={(event) => setText(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit()
        if (event.key === 'Escape') setText(value)
      }}
    />
  )
}
