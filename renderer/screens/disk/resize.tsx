import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { DiskUsage } from '#contract/disk.ts'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { notify } from '../../state/notices.ts'
import { useAction } from '../../state/use-action.ts'
import { Button } from '../../ui/button.tsx'
import { Section } from '../../ui/page.tsx'

const gibibyte = 1024 ** 3

/** Lets the data disk grow further; it never shrinks, so the field does not offer that. */
export function Resize({ usage, onDone }: { usage: DiskUsage; onDone: () => void }) {
  const { t } = useTranslation()
  const id = useId()
  const now = Math.ceil(usage.capacityBytes / gibibyte)
  const [text, setText] = useState('')
  const resize = useAction((api, sizeGiB: number) => api.disk.resize({ sizeGiB }))
  const size = Number(text)
  const isValid = Number.isInteger(size) && size > now
  const run = async (): Promise<void> => {
    if (!(await resize.run(size))) return
    notify(t('disk.resized', { size }))
    setText('')
    onDone()
  }
  return (
    <Section title={t('disk.resize')}>
      <p className="muted" id={`${id}-text`}>{t('disk.resizeText', { size: now })}</p>
      <form className="buttons" onSubmit={(event) => (event.preventDefault(), isValid && void run())}>
        <label className="field-inline">
          <span>{t('disk.newSize')}</span>
          <input type="number" min={now + 1} step={1} placeholder={String(now * 2)} value={text} aria-describedby={`${id}-text`} onChange={(event) => setText(event.target.value)} />
          <span>GiB</span>
        </label>
        <Button isBusy={resize.isRunning} disabled={!isValid} onClick={() => void run()}>{t('disk.resizeButton')}</Button>
        {text !== '' && !isValid && <span className="field-problem" role="alert">{t('disk.onlyGrow', { size: now })}</span>}
      </form>
      <ProblemBox problem={resize.problem} />
    </Section>
  )
}
