import { useTranslation } from 'react-i18next'
import type { Status } from '#contract/state.ts'
import { useNow } from '../../state/now.ts'
import { formatDuration } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Section } from '../../ui/page.tsx'

/** The steps of a start as they happen: those that are done with what they took, and the one under way. */
export function BootSteps({ status }: { status: Status }) {
  const { t, i18n } = useTranslation()
  const now = useNow(200)
  const done = status.bootSteps.reduce((sum, { ms }) => sum + ms, 0)
  const running = Math.max(0, now - Date.parse(status.since) - done)
  const name = (step: string): string => t(`step.${step}` as 'step.vm', { defaultValue: step })
  return (
    <Section title={t('overview.steps')}>
      <ol className="steps">
        {status.bootSteps.map((step) => (
          <li key={step.name} className="done">
            <Icon name="check" />
            <span>{name(step.name)}</span>
            <span className="figure muted">{formatDuration(step.ms, i18n.language)}</span>
          </li>
        ))}
        {status.step !== null && !status.bootSteps.some((step) => step.name === status.step) && (
          <li className="under-way" aria-current="step">
            <span className="spinner" aria-hidden="true" />
            <span>{name(status.step)}</span>
            <span className="figure muted">{formatDuration(running, i18n.language)}</span>
          </li>
        )}
      </ol>
    </Section>
  )
}
