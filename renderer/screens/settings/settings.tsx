import { useState, type ComponentType } from 'react'
import { useTranslation } from 'react-i18next'
import type { SettingEntry } from '#contract/setting.ts'
import { changeLife, settings, status } from '../../state/engine.ts'
import { route } from '../../state/router.ts'
import { useStore } from '../../state/store.ts'
import { Button } from '../../ui/button.tsx'
import { NoticeBox } from '../../ui/notice.tsx'
import { Empty, Page, Section } from '../../ui/page.tsx'
import { SearchField } from '../../ui/search-field.tsx'
import { DaemonEditor } from './daemon-editor.tsx'
import { PortTable } from './port-table.tsx'
import { SettingRow } from './setting-row.tsx'
import { SharedFolders } from './shared-folders.tsx'

/** The groups that come first, in this order; others follow as the engine lists them. */
const firstGroups = ['desktop', 'vm', 'disk']

/** What a group shows below its settings. */
const below: Readonly<Record<string, ComponentType<{ isWanted: boolean }>>> = { port: PortTable, share: SharedFolders, docker: DaemonEditor }
/** Settings that what is below shows better. */
const shownBelow: ReadonlySet<string> = new Set(['share.folders'])

/** Every setting the engine has, by group; what is changed holds at once or says that it needs a restart. */
export function Settings() {
  const { t } = useTranslation()
  const entries = useStore(settings)
  const { part } = useStore(route)
  const [filter, setFilter] = useState('')
  const restart = useRestartNeed()
  const holds = (entry: SettingEntry): boolean => {
    const words = `${entry.name} ${entry.description} ${t(`setting.${entry.name}.label` as 'setting.vm.cpus.label', { defaultValue: '' })}`
    return words.toLowerCase().includes(filter.toLowerCase())
  }
  const groups = groupSettings((entries ?? []).filter(holds))
  return (
    <Page title={t('screen.settings')} actions={<SearchField label={t('settings.search')} value={filter} onChange={setFilter} />}>
      {restart.isNeeded && (
        <NoticeBox tone="info" title={t('settings.restartTitle')} hint={t('settings.restartText')}>
          <Button icon="restart" onClick={() => void changeLife('restart')}>{t('action.restart')}</Button>
        </NoticeBox>
      )}
      {entries === null && <Empty title={t('common.loading')} />}
      {entries !== null && groups.length === 0 && <Empty title={t('table.noMatch')} />}
      {groups.map(([group, members]) => (
        <Section key={group} title={t(`settingGroup.${group}` as 'settingGroup.vm', { defaultValue: group })}>
          <Group members={members.filter(({ name }) => !shownBelow.has(name))} wanted={part} onChanged={restart.note} />
          <Below group={group} isWanted={part !== undefined && shownBelow.has(part) && members.some(({ name }) => name === part)} />
        </Section>
      ))}
    </Page>
  )
}

function Group({ members, wanted, onChanged }: { members: readonly SettingEntry[]; wanted: string | undefined; onChanged: (entry: SettingEntry) => void }) {
  if (members.length === 0) return null
  return (
    <div className="settings">
      {members.map((entry) => <SettingRow key={entry.name} entry={entry} isWanted={entry.name === wanted} onChanged={onChanged} />)}
    </div>
  )
}

function Below({ group, isWanted }: { group: string; isWanted: boolean }) {
  const View = below[group]
  return View ? <View isWanted={isWanted} /> : null
}

/** Whether something was changed that holds only after a restart of the vm that runs now. */
function useRestartNeed(): { isNeeded: boolean; note: (entry: SettingEntry) => void } {
  const now = useStore(status)
  const [changedIn, setChangedIn] = useState<string>()
  const startedAt = now?.vm?.startedAt
  return {
    isNeeded: startedAt !== undefined && changedIn === startedAt,
    note: ({ needsRestart }) => needsRestart && setChangedIn(startedAt),
  }
}

function groupSettings(entries: readonly SettingEntry[]): [group: string, members: SettingEntry[]][] {
  const groups = Map.groupBy(entries, ({ name }) => name.split('.')[0] ?? name)
  const rank = (group: string): number => (firstGroups.includes(group) ? firstGroups.indexOf(group) : firstGroups.length)
  return [...groups].toSorted(([a], [b]) => rank(a) - rank(b))
}
