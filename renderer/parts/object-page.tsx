import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { ScreenName } from '#contract/desktop-bridge.ts'
import type { Live } from '../state/live.ts'
import { openTab, route, routeHash } from '../state/router.ts'
import { useStore } from '../state/store.ts'
import { Icon } from '../ui/icon.tsx'
import { Empty } from '../ui/page.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { AwayNotice } from './away.tsx'

/** One view of an object. */
export interface ObjectTab {
  id: string
  label: string
  view: ReactNode
}

interface ObjectPageProps {
  screen: ScreenName
  live: Live<unknown>
  /** Whether the object is there. */
  isThere: boolean
  title: string
  /** How it is, beside its name. */
  mark?: ReactNode
  summary?: ReactNode
  actions?: ReactNode
  tabs: readonly ObjectTab[]
}

/** The page of one object of Docker's: its name, what can be done with it, and its views as tabs. */
export function ObjectPage({ screen, live, isThere, title, mark, summary, actions, tabs }: ObjectPageProps) {
  const { t } = useTranslation()
  const { tab } = useStore(route)
  const shown = tabs.find(({ id }) => id === tab) ?? tabs[0]
  return (
    <div className="page filled">
      <header className="page-head">
        <div className="object-head">
          <a className="up" href={routeHash(screen)}>
            <Icon name="back" size={14} />
            {t(`screen.${screen}`)}
          </a>
          <div className="object-title">
            <h1 tabIndex={-1} title={title}>{title}</h1>
            {isThere && mark}
          </div>
          {isThere && summary !== undefined && <p className="muted object-summary">{summary}</p>}
        </div>
        {isThere && live.isCurrent && actions !== undefined && <div className="buttons">{actions}</div>}
      </header>
      {live.isAway && <AwayNotice />}
      {isThere && shown && (
        <Tabs label={title} tabs={tabs} selected={shown.id} onSelect={openTab} isFilled>
          {shown.view}
        </Tabs>
      )}
      {!isThere && <Empty title={live.isKnown ? t('object.gone') : t('common.loading')}>{live.isKnown && <a href={routeHash(screen)}>{t('object.toList')}</a>}</Empty>}
    </div>
  )
}
