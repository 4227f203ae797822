import { useTranslation } from 'react-i18next'
import type { Finding } from '#contract/doctor.ts'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { desktop } from '../../state/desktop.ts'
import { status } from '../../state/engine.ts'
import { useStore } from '../../state/store.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { Button } from '../../ui/button.tsx'
import { Copyable } from '../../ui/copyable.tsx'
import { Icon } from '../../ui/icon.tsx'

const icons = { ok: 'check', warning: 'warning', problem: 'problem' } as const

/** What doctor found, the worst first. */
export function Checkup() {
  const { t } = useTranslation()
  const { state } = useStore(status) ?? {}
  const found = useAnswer(`doctor.check ${state}`, (api, signal) => api.doctor.check(undefined, { signal }))
  const order: readonly Finding['level'][] = ['problem', 'warning', 'ok']
  const findings = found.value?.toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level)) ?? []
  const isSound = findings.length > 0 && findings.every(({ level }) => level === 'ok')
  return (
    <div className="stack">
      <div className="buttons">
        <p className="muted" role="status">{found.isLoading ? t('trouble.checking') : t(isSound ? 'trouble.sound' : 'trouble.found')}</p>
        <span className="spacer" />
        <Button icon="restart" isBusy={found.isLoading} onClick={found.refresh}>{t('trouble.checkAgain')}</Button>
      </div>
      <ProblemBox problem={found.problem} />
      <ul className="findings">
        {findings.map(({ name, level, message, fix }) => (
          <li key={name} className={`finding ${level}`}>
            <Icon name={icons[level]} size={18} />
            <div>
              <h2>
                {t(`check.${name}` as 'check.docker', { defaultValue: name })} <span className={`tag ${level}`}>{t(`level.${level}`)}</span>
              </h2>
              <p lang="en">{message}</p>
              {fix !== null && <Copyable text={fix} onCopy={desktop.copy} />}
            </div>
          </li>
        ))}
      </ul>
    </div>
  )
}
