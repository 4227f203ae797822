import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Container } from '#contract/container.ts'
import type { EngineApi } from '../../state/connection.ts'
import { attemptEach } from '../../state/failures.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import type { IconName } from '../../ui/icon.tsx'
import { possibleActions, type ContainerAction } from './possible-actions.ts'
import { RemoveDialog } from './remove-dialog.tsx'

const icons: Record<ContainerAction, IconName> = { start: 'play', stop: 'stop', restart: 'restart', pause: 'pause', unpause: 'play', kill: 'kill' }
/** Those whose word is shown beside the icon. */
const worded: readonly ContainerAction[] = ['start', 'stop', 'unpause']

const calls: Record<ContainerAction, (api: EngineApi, id: string) => Promise<unknown>> = {
  start: (api, id) => api.container.start({ id }),
  stop: (api, id) => api.container.stop({ id }),
  restart: (api, id) => api.container.restart({ id }),
  pause: (api, id) => api.container.pause({ id }),
  unpause: (api, id) => api.container.unpause({ id }),
  kill: (api, id) => api.container.kill({ id }),
}

/** Does something to containers, to those of them where it makes sense. */
export function actOn(containers: readonly Container[], action: ContainerAction): Promise<void> {
  const able = containers.filter((container) => possibleActions([container]).includes(action))
  return attemptEach(able, ({ name }) => name, (api, { id }) => calls[action](api, id))
}

/** Buttons for everything that can be done with some containers now. */
export function ContainerActions({ containers }: { containers: readonly Container[] }) {
  const { t } = useTranslation()
  const [busy, setBusy] = useState<ContainerAction>()
  const [isRemoving, setRemoving] = useState(false)
  const run = async (action: ContainerAction): Promise<void> => {
    setBusy(action)
    await actOn(containers, action)
    setBusy(undefined)
  }
  return (
    <>
      {possibleActions(containers).map((action) => {
        const label = t(`containers.${action}`)
        const onClick = (): void => void run(action)
        if (worded.includes(action)) return <Button key={action} icon={icons[action]} isBusy={busy === action} onClick={onClick}>{label}</Button>
        return <IconButton key={action} icon={icons[action]} label={label} aria-disabled={busy === action || undefined} onClick={onClick} />
      })}
      <IconButton icon="trash" label={t('containers.remove')} onClick={() => setRemoving(true)} />
      {isRemoving && <RemoveDialog containers={containers} onClose={() => setRemoving(false)} />}
    </>
  )
}
