import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Network } from '#contract/network.ts'
import { isAlive } from '../../parts/container-tone.ts'
import { RemoveObjects } from '../../parts/remove-objects.tsx'
import { attempt } from '../../state/failures.ts'
import { useLive } from '../../state/live.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { membersOf } from './network-members.ts'

/** Whether a network is one of Docker's own, which cannot be removed. */
export function isBuiltIn({ name }: Pick<Network, 'name'>): boolean {
  return name === 'bridge' || name === 'host' || name === 'none'
}

/** Says who is on networks and removes them when told to. */
export function RemoveNetworks({ networks, onClose }: { networks: readonly Network[]; onClose: () => void }) {
  const { t } = useTranslation()
  const members = membersOf(useLive('container').objects)
  const own = networks.filter((network) => !isBuiltIn(network))
  const objects = own.map(({ id, name }) => {
    const users = members.get(name) ?? []
    return { id, name, note: users.length > 0 ? t('network.usedBy', { names: users.map((member) => member.name).join(', ') }) : '', stays: users.some(isAlive) }
  })
  const title = own.length === 1 ? t('remove.one', { name: own[0]!.name }) : t('network.removeMany', { count: own.length })
  return <RemoveObjects title={title} objects={objects} remove={(api, id) => api.network.remove({ id })} onClose={onClose} />
}

/** What can be done with networks. */
export function NetworksActions({ networks }: { networks: readonly Network[] }) {
  const { t } = useTranslation()
  const [isRemoving, setRemoving] = useState(false)
  if (networks.every(isBuiltIn)) return null
  return (
    <>
      <IconButton icon="trash" label={t('containers.remove')} onClick={() => setRemoving(true)} />
      {isRemoving && <RemoveNetworks networks={networks} onClose={() => setRemoving(false)} />}
    </>
  )
}

/** Whether who is on a network is decided when a container is made. */
export function isFixed({ driver }: Pick<Network, 'driver'>): boolean {
  return driver === 'host' || driver === 'null'
}

/** Puts another container on a network. */
export function Membership({ network }: { network: Network }) {
  const { t } = useTranslation()
  const { objects, isCurrent } = useLive('container')
  const [chosen, setChosen] = useState('')
  const others = objects.filter(({ networks, networkMode }) => !networks.includes(network.name) && networkMode !== 'host' && networkMode !== 'none')
  const connect = async (): Promise<void> => {
    await attempt((api) => api.network.connect({ id: network.id, container: chosen }), objects.find(({ id }) => id === chosen)?.name ?? '')
    setChosen('')
  }
  if (isFixed(network) || !isCurrent || others.length === 0) return null
  return (
    <div className="table-tools">
      <select aria-label={t('network.other')} value={chosen} onChange={(event) => setChosen(event.target.value)}>
        <option value="">{t('network.other')}</option>
        {others.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
      </select>
      <Button icon="plus" disabled={chosen === ''} onClick={() => void connect()}>{t('network.connect')}</Button>
    </div>
  )
}
