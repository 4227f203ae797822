import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { LayerProgress, TaskRef } from '#contract/task.ts'
import { LayerList, mergeLayers } from '../../parts/layer-list.tsx'
import { ProblemBox } from '../../parts/problem-box.tsx'
import type { EngineApi } from '../../state/connection.ts'
import { desktop } from '../../state/desktop.ts'
import { notify } from '../../state/notices.ts'
import { runTask } from '../../state/run-task.ts'
import { useAction } from '../../state/use-action.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'

interface TransferDialogProps {
  way: 'pull' | 'push'
  initial?: string
  onClose: () => void
}

/** Pulls or pushes an image by name, layer by layer. Closing the dialog lets it go on; it is then among the tasks. */
export function TransferDialog({ way, initial = '', onClose }: TransferDialogProps) {
  const { t } = useTranslation()
  const [image, setImage] = useState(initial)
  const [layers, setLayers] = useState<readonly LayerProgress[]>([])
  const [task, setTask] = useState<number>()
  const begin = async (api: EngineApi): Promise<TaskRef> => {
    const input = { image: image.trim(), dockerConfigDir: desktop.start.dockerConfigDir }
    const ref = await (way === 'pull' ? api.image.pull(input) : api.image.push(input))
    setTask(ref.task)
    return ref
  }
  const action = useAction(async (api) => {
    setLayers([])
    await runTask(api, begin(api), (event) => {
      if (event.kind === 'layers') setLayers((former) => mergeLayers(former, event.layers))
    })
    return true
  })
  const cancel = useAction((api) => api.task.cancel({ task: task! }))
  const submit = async (): Promise<void> => {
    if (!(await action.run())) return
    notify(t(way === 'pull' ? 'image.pulled' : 'image.pushed', { name: image.trim() }))
    onClose()
  }
  return (
    <Dialog title={t(way === 'pull' ? 'image.pullTitle' : 'image.pushTitle')} className="wide" onClose={onClose}>
      <form className="run-form" onSubmit={(event) => (event.preventDefault(), void (image.trim() !== '' && !action.isRunning && submit()))}>
        <Field label={t('run.image')} hint={t(way === 'pull' ? 'image.pullHint' : 'image.pushHint')}>
          <input type="text" data-first value={image} placeholder="nginx:latest" readOnly={action.isRunning} onChange={(event) => setImage(event.target.value)} />
        </Field>
        {layers.length > 0 && <LayerList layers={layers} />}
        <ProblemBox problem={action.problem?.code === 'operation.cancelled' ? undefined : action.problem} />
        <div className="buttons end">
          {action.isRunning && <Button onClick={() => void cancel.run()}>{t('task.cancel')}</Button>}
          <Button onClick={onClose}>{t(action.isRunning ? 'task.inBackground' : 'common.cancel')}</Button>
          <Button type="submit" look="primary" icon={way === 'pull' ? 'download' : 'upload'} isBusy={action.isRunning} disabled={image.trim() === ''}>{t(way === 'pull' ? 'image.pull' : 'image.push')}</Button>
        </div>
      </form>
    </Dialog>
  )
}
