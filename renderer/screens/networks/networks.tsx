import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TFunction } from 'i18next'
import type { Container } from '#contract/container.ts'
import type { Network } from '#contract/network.ts'
import { Ago } from '../../parts/ago.tsx'
import { ObjectLink } from '../../parts/object-link.tsx'
import { ObjectList } from '../../parts/object-list.tsx'
import { PromptDialog } from '../../parts/prompt-dialog.tsx'
import { PruneDialog } from '../../parts/prune-dialog.tsx'
import { useLive } from '../../state/live.ts'
import { open, route } from '../../state/router.ts'
import { useStore } from '../../state/store.ts'
import { Button } from '../../ui/button.tsx'
import { formatMoment } from '../../ui/format.ts'
import type { Column } from '../../ui/table/table-model.ts'
import { membersOf } from './network-members.ts'
import { NetworkPage } from './network-page.tsx'
import { RemoveNetworks, NetworksActions } from './network-actions.tsx'

const keyOf = ({ id }: Network): string => id

/** Every network, and who is on it, or the page of one. */
export function Networks() {
  const { part } = useStore(route)
  return part === undefined ? <NetworkList /> : <NetworkPage key={part} id={part} />
}

function NetworkList() {
  const { t, i18n } = useTranslation()
  const live = useLive('network')
  const containers = useLive('container')
  const members = useMemo(() => membersOf(containers.objects), [containers.objects])
  const columns = useMemo(() => networkColumns(t, i18n.language, members), [t, i18n.language, members])
  const rows = useMemo(() => live.objects.toSorted((a, b) => (a.name < b.name ? -1 : 1)), [live.objects])
  const [shown, setShown] = useState<'create' | 'prune'>()
  const [removing, setRemoving] = useState<readonly Network[]>([])
  const close = (): void => setShown(undefined)
  const createButton = <Button look="primary" icon="plus" onClick={() => setShown('create')}>{t('network.createButton')}</Button>
  return (
    <>
      <ObjectList
        screen="networks"
        live={live}
        rows={rows}
        columns={columns}
        rowKey={keyOf}
        onOpen={(row) => open('networks', keyOf(row))}
        actions={
          live.isCurrent && (
            <>
              <Button icon="trash" onClick={() => setShown('prune')}>{t('prune.button')}</Button>
              {createButton}
            </>
          )
        }
        bulk={(chosen) => <NetworksActions networks={chosen} />}
        onDelete={setRemoving}
        teaching={{ title: t('networks.none'), text: t('networks.noneText'), command: 'docker network create mine', button: createButton }}
      />
      {shown === 'create' && <PromptDialog title={t('network.createTitle')} label={t('column.name')} confirm={t('network.create')} work={(api, name) => api.network.create({ name })} onClose={close} />}
      {shown === 'prune' && <PruneDialog only={['networks']} onClose={close} />}
      {removing.length > 0 && <RemoveNetworks networks={removing} onClose={() => setRemoving([])} />}
    </>
  )
}

function networkColumns(t: TFunction, language: string, members: ReadonlyMap<string, readonly Container[]>): Column<Network>[] {
  const count = ({ name }: Network): number => members.get(name)?.length ?? 0
  return [
    { id: 'name', header: t('column.name'), text: ({ name }) => name, cell: ({ id, name }) => <ObjectLink screen="networks" id={id} text={name} isInRow />, width: 'minmax(12rem, 2fr)' },
    { id: 'members', header: t('column.members'), text: (network) => (count(network) === 0 ? '' : t('images.users', { count: count(network) })), compare: (a, b) => count(a) - count(b), width: '9rem' },
    { id: 'subnets', header: t('column.subnet'), text: ({ subnets }) => subnets.map(({ subnet }) => subnet).join(' '), width: 'minmax(9rem, 1fr)' },
    { id: 'driver', header: t('column.driver'), text: ({ driver }) => driver, width: '7rem' },
    { id: 'reach', header: t('column.reach'), text: ({ isInternal, driver }) => t(driver === 'null' || isInternal ? 'networks.internal' : 'networks.outside'), width: '9rem' },
    { id: 'ago', header: t('column.created'), text: ({ createdAt }) => formatMoment(Date.parse(createdAt), language), cell: ({ createdAt }) => <Ago at={createdAt} />, compare: (a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt), width: '9rem' },
    { id: 'id', header: t('column.id'), text: ({ id }) => id.slice(0, 12), width: '9rem', isHidden: true },
  ]
}
