import { useTranslation } from 'react-i18next'
import type { Container, ContainerMount } from '#contract/container.ts'
import { ObjectLink } from '../../parts/object-link.tsx'
import { Empty } from '../../ui/page.tsx'

/** What is mounted into a container, and from where. */
export function Mounts({ container }: { container: Container }) {
  const { t } = useTranslation()
  if (container.mounts.length === 0) return <Empty title={t('container.noMounts')}><p className="muted">{t('container.noMountsText')}</p></Empty>
  return (
    <div className="stack">
      <table className="pairs wide">
        <thead>
          <tr>
            <th scope="col">{t('container.mountTarget')}</th>
            <th scope="col">{t('container.mountSource')}</th>
            <th scope="col">{t('container.mountKind')}</th>
            <th scope="col">{t('container.mountAccess')}</th>
          </tr>
        </thead>
        <tbody>
          {container.mounts.map((mount) => (
            <tr key={mount.target}>
              <th scope="row"><code>{mount.target}</code></th>
              <td><Source mount={mount} /></td>
              <td>{mount.type}</td>
              <td>{t(mount.isWritable ? 'container.writable' : 'container.readOnly')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Source({ mount: { volume, source } }: { mount: ContainerMount }) {
  return volume === '' ? <code>{source}</code> : <ObjectLink screen="volumes" id={volume} text={volume} />
}
