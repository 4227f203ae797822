import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { TFunction } from 'i18next'
import { ObjectLink } from '../../parts/object-link.tsx'
import { ObjectList } from '../../parts/object-list.tsx'
import { desktop } from '../../state/desktop.ts'
import { attempt } from '../../state/failures.ts'
import { open, route } from '../../state/router.ts'
import { useStore } from '../../state/store.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import type { Column } from '../../ui/table/table-model.ts'
import { ProjectMark } from './project-mark.tsx'
import { ProjectPage } from './project-page.tsx'
import type { ProjectRow } from './project-rows.ts'
import { runningCount } from './project-state.ts'
import { workOn } from './project-work.tsx'
import { useProjectRows } from './use-project-rows.ts'

const keyOf = ({ key }: ProjectRow): string => key

/** Every Compose project, or the page of one. */
export function Projects() {
  const { part } = useStore(route)
  return part === undefined ? <ProjectList /> : <ProjectPage key={part} name={part} />
}

function ProjectList() {
  const { t } = useTranslation()
  const { live, rows, refresh } = useProjectRows()
  const columns = useMemo(() => projectColumns(t), [t])
  const openFolder = async (): Promise<void> => {
    const folder = await desktop.chooseFolder()
    if (folder === null || !(await attempt((api) => api.project.open({ folder }), folder))) return
    refresh()
  }
  const forget = async (chosen: readonly ProjectRow[]): Promise<void> => {
    for (const { folder } of chosen) await attempt((api) => api.project.forget({ folder }), folder)
    refresh()
  }
  const folderButton = <Button look="primary" icon="folder" onClick={() => void openFolder()}>{t('project.openFolder')}</Button>
  const each = (chosen: readonly ProjectRow[], verb: 'up' | 'stop' | 'restart'): void => chosen.forEach((row) => void workOn(row, verb))
  return (
    <ObjectList
      screen="projects"
      live={live}
      rows={rows}
      columns={columns}
      rowKey={keyOf}
      onOpen={(row) => open('projects', keyOf(row))}
      actions={folderButton}
      bulk={(chosen) => (
        <>
          <Button icon="play" onClick={() => each(chosen, 'up')}>{t('project.up')}</Button>
          {chosen.some(({ project }) => project) && <Button icon="stop" onClick={() => each(chosen, 'stop')}>{t('project.stop')}</Button>}
          {chosen.every(({ project }) => !project) && <IconButton icon="close" label={t('project.forget')} onClick={() => void forget(chosen)} />}
        </>
      )}
      teaching={{ title: t('projects.none'), text: t('projects.noneText'), command: 'docker compose up -d', button: folderButton }}
    />
  )
}

function projectColumns(t: TFunction): Column<ProjectRow>[] {
  const state = ({ project, problem }: ProjectRow): string => (project ? t('projects.running', runningCount(project)) : (problem ?? t('project.notUp')))
  const running = ({ project }: ProjectRow): number => (project ? runningCount(project).running : -1)
  return [
    { id: 'name', header: t('column.name'), text: ({ name }) => name, cell: ({ key, name }) => <ObjectLink screen="projects" id={key} text={name} isInRow />, width: 'minmax(10rem, 1fr)' },
    { id: 'state', header: t('column.state'), text: state, cell: (row) => (row.project ? <ProjectMark project={row.project} /> : <span className="muted">{state(row)}</span>), compare: (a, b) => running(a) - running(b), width: '12rem' },
    { id: 'services', header: t('column.services'), text: ({ project }) => project?.services.map(({ name }) => name).join(', ') ?? '', width: 'minmax(12rem, 2fr)' },
    { id: 'folder', header: t('column.folder'), text: ({ folder }) => folder, width: 'minmax(12rem, 2fr)' },
  ]
}
