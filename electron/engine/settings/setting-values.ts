import { z } from 'zod'
import { Settings, live, type SettingEntry, type SettingName } from '#contract/setting.ts'

/** The outcome of reading one setting's value. */
export type ParsedSetting = { success: true; value: unknown } | { success: false; reason: string }

/** Whether a name is one of our settings. */
export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(Settings.shape, name)
}

/** Reads a value as stored in JSON or as typed by a person ("4", "true", "tcg"). */
export function parseSetting(name: SettingName, value: unknown, platform: NodeJS.Platform = process.platform): ParsedSetting {
  const parsed = parseAs(Settings.shape[name], value)
  if (parsed.success && name === 'share.driver' && parsed.value === 'virtiofs' && platform !== 'linux') return { success: false, reason: 'virtiofs works on Linux alone' }
  return parsed
}

/** Reads a value for a schema with a default. */
export function parseAs(schema: z.ZodDefault, value: unknown): ParsedSetting {
  const values = candidates(value, isList(schema))
  for (const candidate of values) {
    const result = schema.safeParse(candidate)
    if (result.success) return { success: true, value: result.data }
  }
  const issue = schema.safeParse(values.at(-1)).error?.issues[0]
  return { success: false, reason: issue?.message ?? 'not a valid value' }
}

/** One setting as listed. */
export function entryOf(name: SettingName, values: Settings, isSet: boolean): SettingEntry {
  const schema = Settings.shape[name]
  return {
    name,
    value: withoutPassword(values[name]),
    default: schema.parse(undefined),
    isSet,
    needsRestart: schema.meta()?.['isLive'] !== live.isLive,
    description: schema.description ?? '',
  }
}

function isList(schema: z.ZodDefault): boolean {
  return schema.unwrap() instanceof z.ZodArray
}

/** What is shown of a value: a proxy's URL may hold a password. */
function withoutPassword<V>(value: V): V | string {
  return typeof value === 'string' ? value.replace(/^((?:[a-z][a-z\d+.-]*:\/\/)?[^/@:]*):[^@/]*@/i, '$1:***@') : value
}

/** What a typed text may mean: itself, or the number, truth value or list it spells in full. */
function candidates(value: unknown, mayBeList: boolean): unknown[] {
  if (typeof value === 'string' && mayBeList) return [listOf(value)]
  if (value === 'true' || value === 'false') return [value, value === 'true']
  if (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) return [value, Number(value)]
  return [value]
}

/** The parts of a typed list: a JSON array (for parts that hold commas), or parts between commas. */
function listOf(text: string): unknown {
  // What begins with a bracket can also be an address: [::1]:53
  const isJson = text.trimStart().startsWith('[') && !/^\s*\[[\da-f:.]+\]:\d/i.test(text)
  if (!isJson) return text.split(',').flatMap((part) => part.trim() || [])
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
