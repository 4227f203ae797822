import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import type { TaskEntry } from '#contract/task.ts'
import { attempt } from '../state/failures.ts'
import { useLive } from '../state/live.ts'
import { IconButton } from '../ui/button.tsx'
import { visible } from '../ui/ansi.ts'

/** The long pieces of work that run, each with its progress and a button that ends it. */
export function TaskMenu() {
  const { t } = useTranslation()
  const id = useId()
  const running = useLive('task').objects.filter(({ outcome }) => outcome === 'running')
  return (
    <>
      {running.length > 0 && (
        <button type="button" className="button quiet task-button" popoverTarget={id}>
          <span className="spinner" aria-hidden="true" />
          <span>{t('task.running', { count: running.length })}</span>
        </button>
      )}
      <div id={id} popover="auto" className="menu task-menu" role="group" aria-label={t('task.tasks')}>
        {running.map((task) => <Task key={task.id} task={task} />)}
        {running.length === 0 && <p className="muted">{t('task.none')}</p>}
      </div>
    </>
  )
}

function Task({ task: { id, name, subject, progress, isCancellable } }: { task: TaskEntry }) {
  const { t, i18n } = useTranslation()
  const label = `${t(`taskName.${name}` as 'taskName.image.pull', { defaultValue: name })} ${visible(subject)}`
  return (
    <div className="task">
      <span className="task-name" title={label}>{label}</span>
      {isCancellable && <IconButton icon="close" label={t('task.cancelOne', { name: label })} onClick={() => void attempt((api) => api.task.cancel({ task: id }))} />}
      {progress !== null && <span className="muted figure task-percent">{progress.toLocaleString(i18n.language, { style: 'percent' })}</span>}
      <progress aria-label={label} {...(progress === null ? {} : { value: progress, max: 1 })} />
    </div>
  )
}
