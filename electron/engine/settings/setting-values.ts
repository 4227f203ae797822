import { Settings, type SettingEntry, type SettingName } from '#contract/setting.ts'

/** The outcome of reading one setting's value. */
export type ParsedSetting = { success: true; value: unknown } | { success: false; reason: string }

/** Whether a name is one of our settings. */
export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(Settings.shape, name)
}

/** Reads a value as stored in JSON or as typed by a person ("4", "true", "tcg"). */
export function parseSetting(name: SettingName, value: unknown): ParsedSetting {
  const schema = Settings.shape[name]
  for (const candidate of candidates(value)) {
    const result = schema.safeParse(candidate)
    if (result.success) return { success: true, value: result.data }
  }
  const typed = candidates(value).at(-1)
  const issue = schema.safeParse(typed).error?.issues[0]
  return { success: false, reason: issue?.message ?? 'not a valid value' }
}

/** One setting as listed. */
export function entryOf(name: SettingName, values: Settings, isSet: boolean): SettingEntry {
  const schema = Settings.shape[name]
  return {
    name,
    value: values[name],
    default: schema.parse(undefined),
    isSet,
    needsRestart: name !== 'log.level',
    description: schema.description ?? '',
  }
}

/** What a typed text may mean: itself, or the number or truth value it spells in full. */
function candidates(value: unknown): unknown[] {
  if (value === 'true' || value === 'false') return [value, value === 'true']
  if (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) return [value, Number(value)]
  return [value]
}
