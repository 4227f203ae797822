import { useTranslation } from 'react-i18next'
import { desktop } from '../state/desktop.ts'
import { route, routeHash } from '../state/router.ts'
import { useStore } from '../state/store.ts'
import { Icon, Mark } from '../ui/icon.tsx'
import { screens, type ScreenEntry } from './screens.ts'

const groups = ['docker', 'cove'] as const

/** The screens, in groups. */
export function Sidebar() {
  const { t } = useTranslation()
  return (
    <nav className={`sidebar ${desktop.start.platform}`} aria-label={t('frame.screens')}>
      <p className="brand">
        <Mark />
        <span>Cove</span>
      </p>
      {groups.map((group) => (
        <ul key={group}>
          {screens.filter((screen) => screen.group === group).map((screen) => (
            <SidebarLink key={screen.id} {...screen} />
          ))}
        </ul>
      ))}
    </nav>
  )
}

function SidebarLink({ id, icon }: ScreenEntry) {
  const { t } = useTranslation()
  const { screen } = useStore(route)
  return (
    <li>
      <a href={routeHash(id)} aria-current={screen === id ? 'page' : undefined} title={t(`screen.${id}`)}>
        <Icon name={icon} size={18} />
        <span>{t(`screen.${id}`)}</span>
      </a>
    </li>
  )
}
