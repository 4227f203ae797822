import type { SettingEntry } from '#contract/setting.ts'
import { Preferences } from './memory.ts'

/** What the app needs of the engine's settings. */
export function preferencesOf(settings: readonly SettingEntry[]): Preferences {
  const prefix = 'desktop.'
  const own = settings.filter(({ name }) => name.startsWith(prefix)).map(({ name, value }) => [name.slice(prefix.length), value])
  return Preferences.parse(Object.fromEntries(own))
}
