import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { TFunction } from 'i18next'
import type { Project } from '#contract/project.ts'
import { ObjectLink } from '../../parts/object-link.tsx'
import { ObjectList } from '../../parts/object-list.tsx'
import { useLive } from '../../state/live.ts'
import { open, route } from '../../state/router.ts'
import { useStore } from '../../state/store.ts'
import type { Column } from '../../ui/table/table-model.ts'
import { runningCount } from './project-state.ts'
import { ProjectMark } from './project-mark.tsx'
import { ProjectPage } from './project-page.tsx'

const keyOf = ({ name }: Project): string => name

/** Every Compose project, or the page of one. */
export function Projects() {
  const { part } = useStore(route)
  return part === undefined ? <ProjectList /> : <ProjectPage key={part} name={part} />
}

function ProjectList() {
  const { t } = useTranslation()
  const live = useLive('project')
  const columns = useMemo(() => projectColumns(t), [t])
  const rows = useMemo(() => live.objects.toSorted((a, b) => (a.name < b.name ? -1 : 1)), [live.objects])
  return (
    <ObjectList
      screen="projects"
      live={live}
      rows={rows}
      columns={columns}
      rowKey={keyOf}
      onOpen={(row) => open('projects', keyOf(row))}
      teaching={{ title: t('projects.none'), text: t('projects.noneText'), command: 'docker compose up -d' }}
    />
  )
}

function projectColumns(t: TFunction): Column<Project>[] {
  const state = (project: Project): string => t('projects.running', runningCount(project))
  return [
    { id: 'name', header: t('column.name'), text: ({ name }) => name, cell: ({ name }) => <ObjectLink screen="projects" id={name} text={name} isInRow />, width: 'minmax(10rem, 1fr)' },
    { id: 'state', header: t('column.state'), text: state, cell: (project) => <ProjectMark project={project} />, compare: (a, b) => runningCount(a).running - runningCount(b).running, width: '11rem' },
    { id: 'services', header: t('column.services'), text: ({ services }) => services.map(({ name }) => name).join(', '), width: 'minmax(12rem, 2fr)' },
    { id: 'folder', header: t('column.folder'), text: ({ workingDir }) => workingDir, width: 'minmax(12rem, 2fr)' },
  ]
}
