import { useTranslation } from 'react-i18next'
import type { Project } from '#contract/project.ts'
import { projectTone, runningCount } from './project-state.ts'

/** How many of a project's containers run, and whether they are well. */
export function ProjectMark({ project }: { project: Project }) {
  const { t } = useTranslation()
  return (
    <span className="state-mark">
      <span className={`dot ${projectTone(project)}`} aria-hidden="true" />
      {t('projects.running', runningCount(project))}
    </span>
  )
}
