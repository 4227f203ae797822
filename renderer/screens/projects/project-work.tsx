import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TaskRef } from '#contract/task.ts'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import type { EngineApi } from '../../state/connection.ts'
import { desktop } from '../../state/desktop.ts'
import { attempt } from '../../state/failures.ts'
import { runTask } from '../../state/run-task.ts'
import { Store, useStore } from '../../state/store.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import type { IconName } from '../../ui/icon.tsx'
import type { ProjectRow } from './project-rows.ts'

/** What compose does with a project or some of its services. */
export type ProjectVerb = 'up' | 'start' | 'stop' | 'restart' | 'pull' | 'build' | 'down'

/** What compose printed lately, by the project's folder or name; kept while the window is open. */
export const outputs = new Store<ReadonlyMap<string, string>>(new Map())
/** More than this nobody reads again. */
const maxOutput = 200_000

/** Under which an output is kept. */
export function outputKey({ folder, name }: ProjectRow): string {
  return folder || name
}

function addOutput(key: string, text: string): void {
  outputs.set(new Map(outputs.value).set(key, ((outputs.value.get(key) ?? '') + text).slice(-maxOutput)))
}

/** Has compose do something, its output kept as it comes. */
export function workOn(row: ProjectRow, verb: ProjectVerb, { services = [], volumes = false }: { services?: string[]; volumes?: boolean } = {}): Promise<unknown> {
  const key = outputKey(row)
  const input = { target: row.target, services, dockerConfigDir: desktop.start.dockerConfigDir }
  const begin = (api: EngineApi): Promise<TaskRef> => (verb === 'down' ? api.project.down({ ...input, volumes }) : api.project[verb](input))
  addOutput(key, `$ docker compose ${[verb, ...services].join(' ')}\n`)
  return attempt((api) => runTask(api, begin(api), (event) => event.kind === 'output' && addOutput(key, event.text.endsWith('\n') ? event.text : `${event.text}\n`)), row.name)
}

const icons: Partial<Record<ProjectVerb, IconName>> = { restart: 'restart', pull: 'download', build: 'build' }

/** Buttons for a whole project. */
export function ProjectActions({ row, onWork }: { row: ProjectRow; onWork: () => void }) {
  const { t } = useTranslation()
  const [isDown, setDown] = useState(false)
  const run = (verb: ProjectVerb): void => {
    onWork()
    void workOn(row, verb)
  }
  return (
    <>
      <Button look="primary" icon="play" onClick={() => run('up')}>{t('project.up')}</Button>
      {row.project && <Button icon="stop" onClick={() => run('stop')}>{t('project.stop')}</Button>}
      {(['restart', 'pull', 'build'] as const).map((verb) => (verb !== 'restart' || row.project) && <IconButton key={verb} icon={icons[verb]!} label={t(`project.${verb}`)} onClick={() => run(verb)} />)}
      {row.project && <IconButton icon="trash" label={t('project.down')} onClick={() => setDown(true)} />}
      {isDown && <DownDialog row={row} onWork={onWork} onClose={() => setDown(false)} />}
    </>
  )
}

function DownDialog({ row, onWork, onClose }: { row: ProjectRow; onWork: () => void; onClose: () => void }) {
  const { t } = useTranslation()
  const [hasVolumes, setVolumes] = useState(false)
  const containers = row.project?.services.flatMap((service) => service.containers).length ?? 0
  const work = async (): Promise<void> => {
    onWork()
    await workOn(row, 'down', { volumes: hasVolumes })
  }
  return (
    <ConfirmDialog title={t('project.downTitle', { name: row.name })} confirm={t('project.downConfirm')} work={work} onClose={onClose}>
      <p>{t('project.downText', { count: containers })}</p>
      <label className="check"><input type="checkbox" checked={hasVolumes} onChange={(event) => setVolumes(event.target.checked)} /> {t('project.downVolumes')}</label>
    </ConfirmDialog>
  )
}

/** What compose printed lately. */
export function ProjectOutput({ row }: { row: ProjectRow }) {
  const { t } = useTranslation()
  const text = useStore(outputs).get(outputKey(row)) ?? ''
  return <pre className="output" role="log" aria-label={t('project.output')} tabIndex={0}>{text === '' ? t('project.noOutput') : text}</pre>
}
