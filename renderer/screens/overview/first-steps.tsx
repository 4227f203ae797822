import { useTranslation } from 'react-i18next'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { desktop } from '../../state/desktop.ts'
import { notify } from '../../state/notices.ts'
import { useAction } from '../../state/use-action.ts'
import { Button } from '../../ui/button.tsx'
import { Copyable } from '../../ui/copyable.tsx'
import { Section } from '../../ui/page.tsx'

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
        <li className="card">
          <h3>{t('overview.runTitle')}</h3>
          <p className="muted">{t('overview.runText')}</p>
          <Copyable text="docker run --rm cove/welcome" onCopy={desktop.copy} />
        </li>
        <li className="card">
          <h3>{t('overview.envTitle')}</h3>
          <p className="muted">{t('overview.envText')}</p>
          <Copyable text='eval "$(cove env)"' onCopy={desktop.copy} />
        </li>
      </ul>
    </Section>
  )
}
