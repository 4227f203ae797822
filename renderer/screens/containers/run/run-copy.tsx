import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Container } from '#contract/container.ts'
import { isAlive } from '../../../parts/container-tone.ts'
import { attempt } from '../../../state/failures.ts'
import { Button } from '../../../ui/button.tsx'
import { RunDialog } from './run-dialog.tsx'
import { copyOf, type RunDraft } from './run-draft.ts'

/** Opens the form of a run filled with what a container was made with. */
export function RunCopy({ container }: { container: Container }) {
  const { t } = useTranslation()
  const [draft, setDraft] = useState<RunDraft>()
  const [isAsking, setAsking] = useState(false)
  const { id, name } = container
  const isRunning = isAlive(container)
  const ask = async (): Promise<void> => {
    setAsking(true)
    const found = await attempt((api) => Promise.all([api.container.spec({ id }), api.container.get({ id })]), name)
    setAsking(false)
    if (!found) return
    const [spec, { env }] = found
    setDraft(copyOf(spec, { name, isRunning, secrets: env.filter(({ isSecret }) => isSecret).map((variable) => variable.name) }))
  }
  const hasFreedPorts = isRunning && draft !== undefined && draft.ports.length > 0
  return (
    <>
      <Button icon="copy" isBusy={isAsking} onClick={() => void ask()}>{t('run.copy')}</Button>
      {draft && <RunDialog title={t('run.copyTitle', { name })} note={hasFreedPorts ? t('run.copyNote', { name }) : undefined} initial={draft} onClose={() => setDraft(undefined)} />}
    </>
  )
}
