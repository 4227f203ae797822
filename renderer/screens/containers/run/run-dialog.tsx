import { useDeferredValue, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { LayerProgress } from '#contract/task.ts'
import { LayerList, mergeLayers } from '../../../parts/layer-list.tsx'
import { ProblemBox } from '../../../parts/problem-box.tsx'
import { desktop } from '../../../state/desktop.ts'
import { open } from '../../../state/router.ts'
import { runTask } from '../../../state/run-task.ts'
import { useAction } from '../../../state/use-action.ts'
import { useAnswer } from '../../../state/use-answer.ts'
import { Button } from '../../../ui/button.tsx'
import { Copyable } from '../../../ui/copyable.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { emptyDraft, masked, specOf, type RunDraft } from './run-draft.ts'
import { RunFields } from './run-fields.tsx'

interface RunDialogProps {
  title?: string
  /** What the user should know before. */
  note?: string | undefined
  initial?: RunDraft
  onClose: () => void
}

/** A form that runs an image, with the command that does the same. */
export function RunDialog({ title, note, initial = emptyDraft, onClose }: RunDialogProps) {
  const { t } = useTranslation()
  const [draft, setDraft] = useState(initial)
  const [layers, setLayers] = useState<readonly LayerProgress[]>([])
  const [areSecretsShown, setSecretsShown] = useState(false)
  const spec = specOf(draft)
  const run = useAction(async (api) => {
    setLayers([])
    const { id } = await runTask(api, api.container.run({ spec: spec!, dockerConfigDir: desktop.start.dockerConfigDir }), (event) => {
      if (event.kind === 'layers') setLayers((former) => mergeLayers(former, event.layers))
    })
    return String(id)
  })
  const submit = async (): Promise<void> => {
    const id = await run.run()
    if (id === undefined) return
    onClose()
    open('containers', id, 'logs')
  }
  return (
    <Dialog title={title ?? t('run.title')} className="wide" onClose={onClose}>
      <form className="run-form" onSubmit={(event) => (event.preventDefault(), void (spec && !run.isRunning && submit()))}>
        {note !== undefined && <p className="muted">{note}</p>}
        <RunFields draft={draft} areSecretsShown={areSecretsShown} onChange={(part) => setDraft({ ...draft, ...part })} />
        {draft.secrets.length > 0 && (
          <div className="buttons">
            <Button icon="eye" aria-pressed={areSecretsShown} onClick={() => setSecretsShown(!areSecretsShown)}>{t(areSecretsShown ? 'env.hide' : 'env.reveal')}</Button>
            {!areSecretsShown && <span className="muted">{t('env.masked')}</span>}
          </div>
        )}
        <Command draft={areSecretsShown ? draft : masked(draft)} />
        {layers.length > 0 && <LayerList layers={layers} />}
        <ProblemBox problem={run.problem} />
        <div className="buttons end">
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" look="primary" icon="play" isBusy={run.isRunning} disabled={!spec}>{t('run.run')}</Button>
        </div>
      </form>
    </Dialog>
  )
}

/** The docker command that does the same, as the engine writes it. */
function Command({ draft }: { draft: RunDraft }) {
  const { t } = useTranslation()
  const text = JSON.stringify(specOf(useDeferredValue(draft)) ?? null)
  const command = useAnswer(`container.command ${text}`, async (api, signal) => {
    const spec = JSON.parse(text) as ReturnType<typeof specOf> | null
    return spec ? (await api.container.command({ spec }, { signal })).command : ''
  })
  return (
    <div className="run-command">
      <span className="muted">{t('run.command')}</span>
      {command.value ? <Copyable text={command.value} onCopy={desktop.copy} /> : <span className="muted">{t('run.incomplete')}</span>}
    </div>
  )
}
