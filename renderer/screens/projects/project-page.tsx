import { useTranslation } from 'react-i18next'
import { ObjectPage } from '../../parts/object-page.tsx'
import { openTab } from '../../state/router.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { projectStamp } from './project-state.ts'
import { ProjectFiles } from './project-file.tsx'
import { ProjectLog } from './project-log.tsx'
import { ProjectMark } from './project-mark.tsx'
import { findRow, type ProjectRow } from './project-rows.ts'
import { ProjectServices } from './project-services.tsx'
import { ProjectActions, ProjectOutput } from './project-work.tsx'
import { useProjectRows } from './use-project-rows.ts'

/** One Compose project: its services, their merged log, its file, and what compose says. */
export function ProjectPage({ name: key }: { name: string }) {
  const { live, rows } = useProjectRows()
  const row = findRow(rows, key)
  const title = row?.name ?? key
  const tabs = useTabs(row)
  return (
    <ObjectPage
      screen="projects"
      live={live}
      isThere={row !== undefined}
      title={title}
      mark={row?.project && <ProjectMark project={row.project} />}
      summary={row?.folder}
      actions={row && <ProjectActions row={row} onWork={() => openTab('output')} />}
      tabs={tabs}
    />
  )
}

function useTabs(row: ProjectRow | undefined) {
  const { t } = useTranslation()
  const check = useAnswer(`project.check ${row?.key} ${row?.project ? projectStamp(row.project) : ''}`, async (api, signal) => (row ? api.project.check({ target: row.target }, { signal }) : { isValid: true, name: null, problems: [], services: [], orphans: [] }))
  if (!row) return []
  const { project } = row
  return [
    { id: 'services', label: t('column.services'), view: <ProjectServices row={row} check={check} /> },
    ...(project ? [{ id: 'logs', label: t('container.logs'), view: <ProjectLog name={project.name} /> }] : []),
    { id: 'file', label: t('project.file'), view: <ProjectFiles row={row} onSaved={check.refresh} /> },
    { id: 'output', label: t('project.output'), view: <ProjectOutput row={row} /> },
  ]
}
