import { useEffect, useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { SettingEntry } from '#contract/setting.ts'
import { ProblemText } from '../../parts/problem-box.tsx'
import { changeSetting } from '../../state/engine.ts'
import { readProblem, type Problem } from '../../state/problem.ts'
import { IconButton } from '../../ui/button.tsx'
import { Control } from './control.tsx'

interface SettingRowProps {
  entry: SettingEntry
  /** It was asked for by name: it shows itself. */
  isWanted: boolean
  onChanged: (entry: SettingEntry) => void
}

/** One setting: what it is, its value, what is wrong with what was typed, and the way back to the default. */
export function SettingRow({ entry, isWanted, onChanged }: SettingRowProps) {
  const { t } = useTranslation()
  const id = useId()
  const row = useRef<HTMLDivElement>(null)
  const [problem, setProblem] = useState<Problem>()
  const { name } = entry
  const label = t(`setting.${name}.label` as 'setting.vm.cpus.label', { defaultValue: name })
  const text = t(`setting.${name}.text` as 'setting.vm.cpus.text', { defaultValue: entry.description })
  const change = (value: string | null): void => {
    setProblem(undefined)
    changeSetting(name, value).then(
      () => onChanged(entry),
      (error: unknown) => setProblem(readProblem(error)),
    )
  }
  useEffect(() => {
    if (!isWanted) return
    row.current?.scrollIntoView({ block: 'center' })
    row.current?.querySelector<HTMLElement>('input, select')?.focus()
  }, [isWanted])
  return (
    <div ref={row} className={`setting ${isWanted ? 'wanted' : ''}`}>
      <div className="setting-text">
        <p className="setting-label" id={`${id}-label`}>{label}</p>
        <p className="muted" id={`${id}-text`}>
          {text}
          {entry.needsRestart && <span className="tag">{t('settings.needsRestart')}</span>}
        </p>
        <ProblemText problem={problem} />
      </div>
      <div className="setting-control">
        {entry.isSet && <IconButton icon="undo" label={t('settings.reset', { label, value: showDefault(entry) })} onClick={() => change(null)} />}
        <Control entry={entry} labelledBy={`${id}-label`} describedBy={`${id}-text`} isInvalid={problem !== undefined} onChange={change} />
      </div>
    </div>
  )
}

function showDefault({ default: value }: SettingEntry): string {
  return Array.isArray(value) ? value.join(', ') : String(value)
}
