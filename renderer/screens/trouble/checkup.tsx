import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { checkNames, type Finding } from '#contract/doctor.ts'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { RemarkText } from '../../parts/remark-text.tsx'
import { desktop } from '../../state/desktop.ts'
import { status } from '../../state/engine.ts'
import type { Problem } from '../../state/problem.ts'
import { useStore } from '../../state/store.ts'
import { useStream } from '../../state/streams.ts'
import { Button } from '../../ui/button.tsx'
import { Copyable } from '../../ui/copyable.tsx'
import { Icon } from '../../ui/icon.tsx'

const icons = { ok: 'check', warning: 'warning', problem: 'problem' } as const
const order: readonly Finding['level'][] = ['problem', 'warning', 'ok']

/** What doctor found, the worst first, each as soon as it is known. */
export function Checkup() {
  const { t } = useTranslation()
  const { state } = useStore(status) ?? {}
  const [round, setRound] = useState(0)
  const [found, setFound] = useState<readonly Finding[]>([])
  const [problem, setProblem] = useState<Problem>()
  useStream<Finding>(`${state} ${round}`, (api, signal) => api.doctor.examine(undefined, { signal }), {
    onOpen: () => (setFound([]), setProblem(undefined)),
    onItems: (more) => setFound((former) => [...former, ...more]),
    onProblem: setProblem,
  })
  const waiting = problem ? [] : checkNames.filter((name) => found.every((finding) => finding.name !== name))
  const findings = found.toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level))
  const isSound = findings.every(({ level }) => level === 'ok')
  const summary = waiting.length > 0 ? t('trouble.checking') : problem ? '' : t(isSound ? 'trouble.sound' : 'trouble.found')
  return (
    <div className="stack">
      <div className="buttons">
        <p className="muted" role="status">{summary}</p>
        <span className="spacer" />
        <Button icon="restart" isBusy={waiting.length > 0} onClick={() => setRound((former) => former + 1)}>{t('trouble.checkAgain')}</Button>
      </div>
      <ProblemBox problem={problem} />
      <ul className="findings">
        {findings.map((finding) => <FindingItem key={finding.name} finding={finding} />)}
        {waiting.map((name) => (
          <li key={name} className="finding">
            <span className="spinner" aria-hidden="true" />
            <div>
              <h2 className="muted">{t(`check.${name}`)}</h2>
              <p className="muted">{t('trouble.checking')}</p>
            </div>
          </li>
        ))}
      </ul>
    </div>
  )
}

function FindingItem({ finding: { name, level, message, remark, fix } }: { finding: Finding }) {
  const { t } = useTranslation()
  return (
    <li className={`finding ${level}`}>
      <Icon name={icons[level]} size={18} />
      <div>
        <h2>
          {t(`check.${name}` as 'check.docker', { defaultValue: name })} <span className={`tag ${level}`}>{t(`level.${level}`)}</span>
        </h2>
        <p><RemarkText remark={remark} message={message} isPlain={level === 'ok'} /></p>
        {fix !== null && <Copyable text={fix} onCopy={desktop.copy} />}
      </div>
    </li>
  )
}
