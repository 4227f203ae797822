import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { BuildStep } from '#contract/build-step.ts'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { desktop } from '../../state/desktop.ts'
import { open } from '../../state/router.ts'
import { runTask } from '../../state/run-task.ts'
import { useAction } from '../../state/use-action.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { BuildSteps, mergeSteps } from './build-steps.tsx'

/** What a build is made of. */
interface Draft {
  folder: string
  dockerfile: string
  target: string
  tag: string
  /** Of the Dockerfile's arguments those that got another value. */
  args: Readonly<Record<string, string>>
}

/** Builds an image of a folder, its steps shown as they go. Closing the dialog lets it go on. */
export function BuildDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const [draft, setDraft] = useState<Draft>({ folder: '', dockerfile: '', target: '', tag: '', args: {} })
  const [steps, setSteps] = useState<readonly BuildStep[]>([])
  const [task, setTask] = useState<number>()
  const { folder, dockerfile, target, tag, args } = draft
  const build = useAction(async (api) => {
    setSteps([])
    const begun = await api.build.start({ folder, dockerfile: dockerfile || null, target: target || null, tags: tag.trim() === '' ? [] : [tag.trim()], args: Object.entries(args).flatMap(([name, value]) => (value === '' ? [] : [{ name, value }])), dockerConfigDir: desktop.start.dockerConfigDir })
    setTask(begun.task)
    return runTask(api, Promise.resolve(begun), (event) => {
      if (event.kind === 'steps') setSteps((former) => mergeSteps(former, event.steps))
    })
  })
  const cancel = useAction((api) => api.task.cancel({ task: task! }))
  const submit = async (): Promise<void> => {
    const result = await build.run()
    if (!result) return
    onClose()
    if (typeof result['build'] === 'number') open('builds', String(result['build']))
  }
  return (
    <Dialog title={t('build.dialog')} className="wide" onClose={onClose}>
      <form className="run-form" onSubmit={(event) => (event.preventDefault(), void (folder !== '' && !build.isRunning && submit()))}>
        <BuildFields draft={draft} onChange={(part) => setDraft({ ...draft, ...part })} />
        {steps.length > 0 && <BuildSteps steps={steps} />}
        <ProblemBox problem={build.problem?.code === 'operation.cancelled' ? undefined : build.problem} />
        <div className="buttons end">
          {build.isRunning && <Button onClick={() => void cancel.run()}>{t('build.stop')}</Button>}
          <Button onClick={onClose}>{t(build.isRunning ? 'task.inBackground' : 'common.cancel')}</Button>
          <Button type="submit" look="primary" icon="build" isBusy={build.isRunning} disabled={folder === ''}>{t('build.start')}</Button>
        </div>
      </form>
    </Dialog>
  )
}

function BuildFields({ draft: { folder, dockerfile, target, tag, args }, onChange }: { draft: Draft; onChange: (part: Partial<Draft>) => void }) {
  const { t } = useTranslation()
  const files = useAnswer(`build.files ${folder}`, async (api, signal) => (folder === '' ? [] : api.build.files({ folder }, { signal })))
  const file = files.value?.find(({ path }) => path === dockerfile) ?? files.value?.[0]
  const choose = async (): Promise<void> => {
    const chosen = await desktop.chooseFolder()
    if (chosen !== null) onChange({ folder: chosen, dockerfile: '', target: '', args: {} })
  }
  return (
    <>
      <div className="field-row">
        <Field label={t('column.folder')}>
          <input type="text" data-first value={folder} onChange={(event) => onChange({ folder: event.target.value, dockerfile: '', target: '', args: {} })} />
        </Field>
        <Button icon="folder" onClick={() => void choose()}>{t('build.choose')}</Button>
      </div>
      <ProblemBox problem={files.problem} />
      <div className="fields">
        <Field label={t('build.file')}>
          <select value={file?.path ?? ''} onChange={(event) => onChange({ dockerfile: event.target.value, target: '', args: {} })}>
            {(files.value ?? []).map(({ path }) => <option key={path} value={path}>{path}</option>)}
          </select>
        </Field>
        <Field label={t('build.target')}>
          <select value={target} onChange={(event) => onChange({ target: event.target.value })}>
            <option value="">{t('build.lastStage')}</option>
            {(file?.stages ?? []).map((stage) => <option key={stage} value={stage}>{stage}</option>)}
          </select>
        </Field>
        <Field label={t('build.tag')}><input type="text" value={tag} placeholder={t('build.tagPlaceholder')} onChange={(event) => onChange({ tag: event.target.value })} /></Field>
      </div>
      {file && file.args.length > 0 && (
        <fieldset className="fields build-args">
          <legend>{t('build.args')}</legend>
          {file.args.map(({ name, default: value }) => (
            <Field key={name} label={name}><input type="text" value={args[name] ?? ''} placeholder={value ?? ''} onChange={(event) => onChange({ args: { ...args, [name]: event.target.value } })} /></Field>
          ))}
        </fieldset>
      )}
    </>
  )
}
