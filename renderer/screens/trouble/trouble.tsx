import { useTranslation } from 'react-i18next'
import { open, route } from '../../state/router.ts'
import { useStore } from '../../state/store.ts'
import { Page } from '../../ui/page.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { Checkup } from './checkup.tsx'
import { Diagnostics } from './diagnostics.tsx'
import { Logs } from './logs.tsx'
import { Reset } from './reset.tsx'

const parts = ['checkup', 'logs', 'diagnostics', 'reset'] as const
type Part = (typeof parts)[number]
const views: Record<Part, () => React.ReactNode> = { checkup: Checkup, logs: Logs, diagnostics: Diagnostics, reset: Reset }

/** For when something is wrong: what it may be, what was logged, what to send along, and how to begin anew. */
export function Trouble() {
  const { t } = useTranslation()
  const { part } = useStore(route)
  const selected = parts.find((each) => each === part) ?? 'checkup'
  const View = views[selected]
  return (
    <Page title={t('screen.trouble')} isFilled>
      <Tabs label={t('screen.trouble')} tabs={parts.map((id) => ({ id, label: t(`trouble.${id}`) }))} selected={selected} onSelect={(id) => open('trouble', id)} isFilled>
        <View key={selected} />
      </Tabs>
    </Page>
  )
}
