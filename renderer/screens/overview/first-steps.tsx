import { useTranslation } from 'react-i18next'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { desktop } from '../../state/desktop.ts'
import { notify } from '../../state/notices.ts'
import { changeSetting, settings } from '../../state/engine.ts'
import { useStore } from '../../state/store.ts'
import { useAction } from '../../state/use-action.ts'
import { Button } from '../../ui/button.tsx'
import { Copyable } from '../../ui/copyable.tsx'
import { Section } from '../../ui/page.tsx'
import { BringOver } from './bring-over.tsx'

const { dockerConfigDir } = desktop.start

/** What to try first: each a command that works as it stands, without a network. */
export function FirstSteps() {
  const { t } = useTranslation()
  const use = useAction((api) => api.context.use({ dockerConfigDir }))
  const useContext = async (): Promise<void> => {
    if (await use.run()) notify(t('overview.contextUsed'))
  }
  return (
    <Section title={t('overview.tryFirst')}>
      <ul className="cards">
        <li className="card">
          <h3>{t('overview.contextTitle')}</h3>
          <p className="muted">{t('overview.contextText')}</p>
          <Button isBusy={use.isRunning} icon="check" onClick={() => void useContext()}>{t('overview.contextButton')}</Button>
          <ProblemBox problem={use.problem} />
        </li>
        <CommandCard step="run" command="docker run --rm cove/welcome" />
        <CommandCard step="env" command='eval "$(cove env)"' />
        <BringOver />
        <CommandCard step="completion" command="source <(cove completion bash)" />
        <AtLogin />
      </ul>
    </Section>
  )
}

/** Offered as long as it is off. */
function AtLogin() {
  const { t } = useTranslation()
  const entry = useStore(settings)?.find(({ name }) => name === 'desktop.startAtLogin')
  const change = useAction(() => changeSetting('desktop.startAtLogin', 'true'))
  if (entry?.value !== false) return null
  return (
    <li className="card">
      <h3>{t('setting.desktop.startAtLogin.label')}</h3>
      <p className="muted">{t('setting.desktop.startAtLogin.text')}</p>
      <Button isBusy={change.isRunning} onClick={() => void change.run()}>{t('overview.turnOn')}</Button>
      <ProblemBox problem={change.problem} />
    </li>
  )
}

/** A step that is a command to copy. */
function CommandCard({ step, command }: { step: 'run' | 'env' | 'completion'; command: string }) {
  const { t } = useTranslation()
  return (
    <li className="card">
      <h3>{t(`overview.${step}Title`)}</h3>
      <p className="muted">{t(`overview.${step}Text`)}</p>
      <Copyable text={command} onCopy={desktop.copy} />
    </li>
  )
}
