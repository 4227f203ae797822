import { useTranslation } from 'react-i18next'
import type { Container } from '#contract/container.ts'
import { Ago } from '../../parts/ago.tsx'
import { Facts } from '../../parts/facts.tsx'
import { LabelsTable } from '../../parts/labels-table.tsx'
import { ObjectLink } from '../../parts/object-link.tsx'
import { PortLinks } from '../../parts/port-links.tsx'
import { desktop } from '../../state/desktop.ts'
import { Copyable } from '../../ui/copyable.tsx'
import { projectOf } from './container-columns.tsx'

/** What a container is: its image, command, ports, networks and labels. */
export function Details({ container }: { container: Container }) {
  const { t } = useTranslation()
  const project = projectOf(container)
  return (
    <div className="stack">
      <Facts
        facts={[
          [t('column.image'), <ObjectLink key="image" screen="images" id={container.imageId} text={container.image} />],
          [t('column.command'), container.command !== '' && <code key="command">{container.command}</code>],
          [t('column.created'), <Ago key="created" at={container.createdAt} />],
          [t('column.ports'), container.ports.some(({ hostPort }) => hostPort !== null) && <PortLinks key="ports" ports={container.ports} />],
          [t('column.networks'), container.networks.join(', ')],
          [t('column.project'), project !== '' && <ObjectLink key="project" screen="projects" id={project} text={project} />],
          [t('column.id'), <Copyable key="id" text={container.id} onCopy={desktop.copy} />],
        ]}
      />
      <LabelsTable title={t('object.labels')} labels={container.labels} />
    </div>
  )
}
