import { useTranslation } from 'react-i18next'
import type { Container } from '#contract/container.ts'
import { Section } from '../ui/page.tsx'
import { ObjectLink } from './object-link.tsx'
import { StateMark } from './state-mark.tsx'

/** Containers that have to do with an object, each leading to its page. */
export function ContainerLinks({ title, containers, none }: { title: string; containers: readonly Container[]; none: string }) {
  const { t } = useTranslation()
  return (
    <Section title={title}>
      {containers.length === 0 && <p className="muted">{none}</p>}
      {containers.length > 0 && (
        <ul className="object-links" aria-label={t('screen.containers')}>
          {containers.map((container) => (
            <li key={container.id}>
              <ObjectLink screen="containers" id={container.id} text={container.name} />
              <StateMark {...container} />
              <span className="muted object-note">{container.image}</span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}
