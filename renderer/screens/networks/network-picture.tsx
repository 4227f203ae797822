import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import type { Container } from '#contract/container.ts'
import type { Network } from '#contract/network.ts'
import { ObjectLink } from '../../parts/object-link.tsx'
import { StateMark } from '../../parts/state-mark.tsx'
import { attempt } from '../../state/failures.ts'
import { useLive } from '../../state/live.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { IconButton } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import { isFixed } from './network-actions.tsx'

/** More than these are no picture any more. */
const maxDrawn = 60

/** A network as a picture: what is outside, the network, and who is on it; to a screen reader it is a list of its members. */
export function NetworkPicture({ network }: { network: Network }) {
  const { t } = useTranslation()
  const containers = useLive('container').objects
  const members = containers.filter(({ networks }) => networks.includes(network.name))
  const places = JSON.stringify(members.map(({ id, state }) => [id, state]))
  const detail = useAnswer(`network.get ${network.id}`, (api, signal) => api.network.get({ id: network.id }, { signal }))
  const { refresh } = detail
  useEffect(() => refresh(), [refresh, places])
  const addresses = new Map(detail.value?.members.map(({ id, ipv4, ipv6 }) => [id, [ipv4, ipv6].filter(Boolean).map((each) => each.split('/')[0]).join(' · ')]))
  const reachesOut = !network.isInternal && network.driver !== 'null'
  return (
    <div className="graph network" tabIndex={0} role="group" aria-label={t('network.picture', { name: network.name })}>
      {reachesOut && (
        <div className="graph-column narrow">
          <div className="service outside"><Icon name="external" size={18} /><span>{t('network.outside')}</span></div>
        </div>
      )}
      <div className="graph-column narrow">
        <div className="service hub">
          <Icon name="network" size={18} />
          <strong>{network.name}</strong>
          {network.subnets.map(({ subnet }) => <span key={subnet} className="muted">{subnet}</span>)}
          {!reachesOut && <span className="muted">{t('network.sealed')}</span>}
        </div>
      </div>
      {members.length === 0 && <p className="graph-column muted">{t('network.noMembers')}</p>}
      {members.length > 0 && (
        <ul className="graph-column members" aria-label={t('column.members')}>
          {members.slice(0, maxDrawn).map((member) => <Member key={member.id} network={network} member={member} address={addresses.get(member.id) ?? ''} />)}
          {members.length > maxDrawn && <li className="muted">{t('remove.andMore', { count: members.length - maxDrawn })}</li>}
        </ul>
      )}
    </div>
  )
}

function Member({ network, member, address }: { network: Network; member: Container; address: string }) {
  const { t } = useTranslation()
  const { id, name } = member
  const leave = (): void => void attempt((api) => api.network.disconnect({ id: network.id, container: id }), name)
  return (
    <li className="service">
      <div className="service-head">
        <ObjectLink screen="containers" id={id} text={name} />
        <span className="spacer" />
        {!isFixed(network) && <IconButton icon="close" label={t('network.disconnect', { name })} onClick={leave} />}
      </div>
      <p className="service-container">
        <StateMark {...member} />
        {address !== '' && <code className="muted">{address}</code>}
      </p>
    </li>
  )
}
