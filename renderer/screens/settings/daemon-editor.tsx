import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { status } from '../../state/engine.ts'
import { useLive } from '../../state/live.ts'
import { notify } from '../../state/notices.ts'
import { useStore } from '../../state/store.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { Button } from '../../ui/button.tsx'
import { TextEditor } from '../../ui/text-editor.tsx'
import { useOptionsCheck, type OptionsCheck } from './use-options-check.ts'

/** Docker's own options: checked as one types, put in force by Docker that starts again, and the way back. */
export function DaemonEditor() {
  const { t } = useTranslation()
  const isRunning = useStore(status)?.state === 'running'
  const options = useAnswer('daemon.get', (api, signal) => api.daemon.get(undefined, { signal }))
  const [draft, setDraft] = useState<string>()
  const [shown, setShown] = useState<'apply' | 'undo'>()
  const present = options.value?.text ?? ''
  const text = draft ?? present
  const isChanged = draft !== undefined && draft !== present
  const check = useOptionsCheck(text, isChanged)
  const former = options.value?.former ?? null
  const taken = (): void => {
    setDraft(undefined)
    options.refresh()
    notify(t('daemon.done'))
  }
  const close = (): void => setShown(undefined)
  const isSound = isChanged && check.isDone && check.problems.length === 0 && !check.problem
  return (
    <section className="setting-list" aria-label={t('daemon.title')}>
      <div className="table-tools">
        <h3 className="setting-label">{t('daemon.title')}</h3>
        <span className="spacer" />
        <span className="muted" role="status">{isChanged && <CheckState check={check} />}</span>
        {isChanged && <Button onClick={() => setDraft(undefined)}>{t('daemon.discard')}</Button>}
        {!isChanged && former !== null && <Button icon="undo" disabled={!isRunning} onClick={() => setShown('undo')}>{t('daemon.undo')}</Button>}
        <Button look="primary" disabled={!isSound || !isRunning} onClick={() => setShown('apply')}>{t('daemon.apply')}</Button>
      </div>
      <p className="muted">{t('daemon.text')}</p>
      {!isRunning && <p className="muted">{t('disk.needsRunning')}</p>}
      <ProblemBox problem={options.problem ?? (isChanged ? check.problem : undefined)} />
      {isChanged && check.problems.length > 0 && (
        <ul className="compose-problems" lang="en" aria-label={t('daemon.problems')}>
          {check.problems.map(({ line, message }) => <li key={`${line} ${message}`} className="field-problem">{line === null ? '' : `${t('project.line', { line })} `}{message}</li>)}
        </ul>
      )}
      <div className="small-editor">
        <TextEditor label={t('daemon.label')} text={text} onChange={setDraft} marks={isChanged ? check.problems.flatMap(({ line, message }) => (line === null ? [] : [{ line, text: message }])) : []} />
      </div>
      {shown === 'apply' && <RestartDialog title={t('daemon.applyTitle')} confirm={t('daemon.applyConfirm')} work={(api) => api.daemon.set({ text }).then(taken)} onClose={close} />}
      {shown === 'undo' && <RestartDialog title={t('daemon.undoTitle')} confirm={t('daemon.undoConfirm')} text={former ?? ''} work={(api) => api.daemon.undo().then(taken)} onClose={close} />}
    </section>
  )
}

function CheckState({ check }: { check: OptionsCheck }) {
  const { t } = useTranslation()
  if (!check.isDone) return t('project.checking')
  if (check.problems.length > 0) return t('project.problems', { count: check.problems.length })
  return check.problem ? null : t(check.isAsked ? 'daemon.taken' : 'project.sound')
}

type RestartDialogProps = Pick<Parameters<typeof ConfirmDialog>[0], 'title' | 'confirm' | 'work' | 'onClose'> & { text?: string }

/** Says that Docker starts again, and what ends with it. */
function RestartDialog({ text, ...dialog }: RestartDialogProps) {
  const { t } = useTranslation()
  const running = useLive('container').objects.filter(({ state }) => state === 'running' || state === 'paused')
  return (
    <ConfirmDialog {...dialog} isDanger={running.length > 0}>
      <p>{t('daemon.restarts')}</p>
      {running.length > 0 && (
        <>
          <p>{t('daemon.ends', { count: running.length })}</p>
          <ul className="reset-items" tabIndex={0} aria-label={t('screen.containers')}>
            {running.map(({ id, name, image }) => <li key={id}><strong>{name}</strong><span className="muted">{image}</span></li>)}
          </ul>
        </>
      )}
      {text !== undefined && (
        <>
          <p>{t('daemon.formerText')}</p>
          <pre className="former-text" tabIndex={0} aria-label={t('daemon.formerText')}>{text.trim() === '' ? t('daemon.noOptions') : text}</pre>
        </>
      )}
      <p className="muted">{t('daemon.safe')}</p>
    </ConfirmDialog>
  )
}
