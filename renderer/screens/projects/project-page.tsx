import { useTranslation } from 'react-i18next'
import type { Project } from '#contract/project.ts'
import { ContainerLinks } from '../../parts/container-links.tsx'
import { Facts } from '../../parts/facts.tsx'
import { ObjectPage } from '../../parts/object-page.tsx'
import { desktop } from '../../state/desktop.ts'
import { useLive } from '../../state/live.ts'
import { Copyable } from '../../ui/copyable.tsx'
import { ProjectMark } from './project-mark.tsx'

/** One Compose project: its services and their containers. */
export function ProjectPage({ name }: { name: string }) {
  const { t } = useTranslation()
  const live = useLive('project')
  const project = live.byId.get(name)
  const tabs = project ? [{ id: 'services', label: t('column.services'), view: <Services project={project} /> }] : []
  return <ObjectPage screen="projects" live={live} isThere={project !== undefined} title={name} mark={project && <ProjectMark project={project} />} tabs={tabs} />
}

function Services({ project }: { project: Project }) {
  const { t } = useTranslation()
  const { byId } = useLive('container')
  return (
    <div className="stack">
      <Facts
        facts={[
          [t('column.folder'), project.workingDir !== '' && <Copyable key="folder" text={project.workingDir} onCopy={desktop.copy} />],
          [t('project.files'), project.configFiles.join(', ')],
        ]}
      />
      {project.services.map(({ name, containers }) => (
        <ContainerLinks key={name} title={name} containers={containers.flatMap(({ id }) => byId.get(id) ?? [])} none={t('project.noContainers')} />
      ))}
    </div>
  )
}
