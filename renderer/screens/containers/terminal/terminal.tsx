import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Container } from '#contract/container.ts'
import type { Terminal as Session } from '#contract/terminal.ts'
import { ProblemBox } from '../../../parts/problem-box.tsx'
import { useAction } from '../../../state/use-action.ts'
import { useAnswer } from '../../../state/use-answer.ts'
import { Button, IconButton } from '../../../ui/button.tsx'
import { Empty } from '../../../ui/page.tsx'
import { attempt } from '../../../state/failures.ts'
import { SessionView } from './session-view.tsx'

/** Shells in a container: several at once, each still there when one comes back. */
export function Terminal({ container: { id, name, state } }: { container: Container }) {
  const { t } = useTranslation()
  const list = useAnswer(`terminal.list ${id} ${state}`, (api, signal) => api.terminal.list({ container: id }, { signal }))
  const [chosen, setChosen] = useState<string>()
  const [ended, setEnded] = useState<ReadonlyMap<string, number | null>>(new Map())
  const open = useAction((api) => api.terminal.open({ container: id, columns: 80, rows: 24 }))
  const sessions = list.value ?? []
  const shown = sessions.find((session) => session.id === chosen) ?? sessions.find(({ isRunning }) => isRunning) ?? sessions.at(-1)
  const begin = async (): Promise<void> => {
    const session = await open.run()
    if (!session) return
    setChosen(session.id)
    list.refresh()
  }
  const close = async (session: Session): Promise<void> => {
    await attempt((api) => api.terminal.close({ id: session.id }))
    list.refresh()
  }
  return (
    <div className="file-browser">
      {sessions.length > 0 && (
        <div className="table-tools">
          <div className="sessions" role="group" aria-label={t('terminal.sessions')}>
            {sessions.map((session, index) => (
              <button key={session.id} type="button" aria-pressed={session === shown} onClick={() => setChosen(session.id)}>{t('terminal.session', { number: index + 1, command: session.command[0] ?? '' })}</button>
            ))}
          </div>
          {state === 'running' && <IconButton icon="plus" label={t('terminal.another')} onClick={() => void begin()} />}
          <span className="spacer" />
          {shown && <Button icon="close" onClick={() => void close(shown)}>{t('terminal.close')}</Button>}
        </div>
      )}
      <ProblemBox problem={open.problem ?? list.problem} />
      {shown && ended.has(shown.id) && <p className="muted" role="status">{t('terminal.ended', { code: String(ended.get(shown.id) ?? '?') })}</p>}
      {shown && <SessionView key={shown.id} id={shown.id} label={t('terminal.of', { name })} onEnd={(exitCode) => setEnded((former) => new Map(former).set(shown.id, exitCode))} />}
      {shown && <p className="muted">{t('terminal.wayOut')}</p>}
      {!shown && list.value && (
        <Empty title={t(state === 'running' ? 'terminal.none' : 'terminal.notRunning')}>
          <p className="muted">{t(state === 'running' ? 'terminal.noneText' : 'terminal.notRunningText')}</p>
          {state === 'running' && <Button look="primary" icon="terminal" isBusy={open.isRunning} onClick={() => void begin()}>{t('terminal.open')}</Button>}
        </Empty>
      )}
    </div>
  )
}
