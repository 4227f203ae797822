import type { TFunction } from 'i18next'
import type { Status } from '#contract/state.ts'
import { desktop } from '../state/desktop.ts'
import { changeLife, changeSetting } from '../state/engine.ts'
import { notify } from '../state/notices.ts'
import { open } from '../state/router.ts'
import { can } from '../ui/life.ts'
import type { IconName } from '../ui/icon.tsx'
import { screens } from './screens.ts'

/** Something that the palette offers. */
export interface PaletteEntry {
  id: string
  group: 'screens' | 'actions' | 'settings' | keyof KnownObjects
  label: string
  /** More words by which it is found. */
  words: string
  icon: IconName
  run: () => void
}

/** Docker's objects, each with its id and name, by the screen that shows them. */
export type KnownObjects = Record<'containers' | 'projects' | 'images' | 'volumes' | 'networks', readonly { id: string; name: string }[]>

/** More matches than these nobody reads. */
const maxFound = 60

/** One entry for each object, leading to its page. */
export function objectEntries(objects: KnownObjects): PaletteEntry[] {
  return screens.flatMap(({ id: screen, icon }) => {
    if (!isObjectScreen(screen, objects)) return []
    return objects[screen].map(({ id, name }) => ({ id: `${screen}.${id}`, group: screen, label: name, words: id, icon, run: () => open(screen, id) }))
  })
}

function isObjectScreen(screen: string, objects: KnownObjects): screen is keyof KnownObjects {
  return Object.hasOwn(objects, screen)
}

/** What one can do now: screens, then actions that make sense in this state, then every setting. */
export function paletteEntries(t: TFunction, status: Status | null, settingNames: readonly string[]): PaletteEntry[] {
  const screenEntries = screens.map(({ id, icon }) => ({ id: `screen.${id}`, group: 'screens' as const, label: t(`screen.${id}`), words: id, icon, run: () => open(id) }))
  const settingEntries = settingNames.map((name) => ({
    id: `setting.${name}`,
    group: 'settings' as const,
    label: t(`setting.${name}.label` as 'setting.vm.cpus.label', { defaultValue: name }),
    words: name,
    icon: 'settings' as const,
    run: () => open('settings', name),
  }))
  return [...screenEntries, ...actionEntries(t, status), ...settingEntries]
}

function actionEntries(t: TFunction, status: Status | null): PaletteEntry[] {
  const action = (id: 'start' | 'sleep' | 'wake' | 'stop' | 'restart' | 'copySocket' | 'logs' | 'checkup' | 'quit' | 'light' | 'dark' | 'system', icon: IconName, run: () => void): PaletteEntry => ({
    id: `action.${id}`,
    group: 'actions',
    label: t(`action.${id}`),
    words: id,
    icon,
    run,
  })
  const copySocket = (): void => {
    desktop.copy(status?.dockerSocket ?? '')
    notify(t('common.copied'))
  }
  const theme = (name: string) => (): void => void changeSetting('desktop.theme', name).catch(() => undefined)
  const allowed = can(status?.state)
  return [
    ...(allowed.start ? [action('start', 'play', () => void changeLife('start'))] : []),
    ...(allowed.stop ? [action('stop', 'stop', () => void changeLife('stop'))] : []),
    ...(allowed.wake ? [action('wake', 'play', () => void changeLife('start'))] : []),
    ...(allowed.sleep ? [action('sleep', 'sleep', () => void changeLife('sleep'))] : []),
    ...(allowed.restart ? [action('restart', 'restart', () => void changeLife('restart'))] : []),
    ...(status ? [action('copySocket', 'copy', copySocket)] : []),
    action('logs', 'activity', () => open('trouble', 'logs')),
    action('checkup', 'trouble', () => open('trouble', 'checkup')),
    action('light', 'settings', theme('light')),
    action('dark', 'settings', theme('dark')),
    action('system', 'settings', theme('system')),
    action('quit', 'close', () => desktop.quit()),
  ]
}

/** The entries that hold every word, in their order; those whose name begins with the first word come first. */
export function findEntries(entries: readonly PaletteEntry[], query: string): PaletteEntry[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const found = entries.filter(({ label, words: more }) => words.every((word) => `${label} ${more}`.toLowerCase().includes(word)))
  const begins = ({ label }: PaletteEntry): number => (words[0] !== undefined && label.toLowerCase().startsWith(words[0]) ? 0 : 1)
  return found.toSorted((a, b) => begins(a) - begins(b)).slice(0, maxFound)
}
