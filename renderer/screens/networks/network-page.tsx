import { useTranslation } from 'react-i18next'
import type { Network } from '#contract/network.ts'
import { Ago } from '../../parts/ago.tsx'
import { Facts } from '../../parts/facts.tsx'
import { LabelsTable } from '../../parts/labels-table.tsx'
import { ObjectPage } from '../../parts/object-page.tsx'
import { desktop } from '../../state/desktop.ts'
import { useLive } from '../../state/live.ts'
import { Copyable } from '../../ui/copyable.tsx'
import { Section } from '../../ui/page.tsx'
import { Membership, NetworksActions } from './network-actions.tsx'
import { NetworkPicture } from './network-picture.tsx'

/** One network: what it is and who is on it. */
export function NetworkPage({ id }: { id: string }) {
  const { t } = useTranslation()
  const live = useLive('network')
  const network = live.byId.get(id)
  const tabs = network ? [{ id: 'details', label: t('container.details'), view: <NetworkDetails network={network} /> }] : []
  return <ObjectPage screen="networks" live={live} isThere={network !== undefined} title={network?.name ?? id.slice(0, 12)} actions={network && <NetworksActions networks={[network]} />} tabs={tabs} />
}

function NetworkDetails({ network }: { network: Network }) {
  const { t } = useTranslation()
  return (
    <div className="stack">
      <Facts
        facts={[
          [t('column.driver'), network.driver],
          [t('column.subnet'), network.subnets.map(({ subnet }) => subnet).join(', ')],
          [t('network.gateway'), network.subnets.map(({ gateway }) => gateway).filter(Boolean).join(', ')],
          [t('column.reach'), t(network.isInternal ? 'networks.internal' : 'networks.outside')],
          [t('column.created'), <Ago key="created" at={network.createdAt} />],
          [t('column.id'), <Copyable key="id" text={network.id} onCopy={desktop.copy} />],
        ]}
      />
      <Section title={t('column.members')} aside={<Membership network={network} />}>
        <NetworkPicture network={network} />
      </Section>
      <LabelsTable title={t('object.labels')} labels={network.labels} />
    </div>
  )
}
