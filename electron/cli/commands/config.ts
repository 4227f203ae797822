import { CoveError } from '#contract/errors.ts'
import type { SettingEntry, SettingValue } from '#contract/setting.ts'
import type { CommandContext } from '../context.ts'
import { defineCommand, defineGroup, jsonFlag } from '../declare.ts'
import type { EngineUse } from '../engine-access.ts'
import { settingWords } from '../setting-words.ts'
import { harmlessLine } from '#base/harmless.ts'
import { formatTable } from '../terminal/table.ts'
import { usageError } from '../usage.ts'
import { anyText, required } from '../values.ts'

const settingNames = Object.keys(settingWords)
const name = required('name of a setting', {
  parse: parseSettingName,
  completion: { kind: 'words', words: Object.fromEntries(Object.entries(settingWords).map(([key, { summary }]) => [key, summary])) },
})

const list = defineCommand({
  name: 'list',
  summary: 'show every setting with its value',
  options: { json: jsonFlag },
  async run({ options }, cli) {
    const entries = await ask(cli, ({ api, signal }) => api.setting.list(undefined, { signal }))
    if (options.json) return cli.json(entries)
    const rows = entries.map((entry) => [entry.name, shown(entry.value), entry.isSet ? '' : 'default', entry.description])
    for (const line of formatTable(['SETTING', 'VALUE', '', 'MEANING'], rows, cli.out)) cli.out.line(line)
  },
})

const get = defineCommand({
  name: 'get',
  summary: 'print the value of one setting',
  operands: { name },
  options: { json: jsonFlag },
  async run({ operands, options }, cli) {
    const entry = await ask(cli, ({ api, signal }) => api.setting.get({ name: operands.name }, { signal }))
    if (options.json) cli.json(entry)
    else cli.out.line(cli.out.isTTY ? harmlessLine(plain(entry.value)) : plain(entry.value))
  },
})

const set = defineCommand({
  name: 'set',
  summary: 'change one setting',
  operands: { name, value: required('its new value', { parse: anyText, completion: { kind: 'setting-value' } }) },
  options: { json: jsonFlag },
  examples: ['cove config set vm.memoryMiB 4096', 'cove config set vm.accelerator tcg'],
  async run({ operands, options }, cli) {
    await checkValue(operands.name, operands.value)
    const entry = await ask(cli, ({ api, signal }) => api.setting.set({ name: operands.name, value: operands.value }, { signal }))
    if (options.json) cli.json(entry)
    else tellChange(cli, entry)
  },
})

const unset = defineCommand({
  name: 'unset',
  summary: 'take one setting back to its default',
  operands: { name },
  options: { json: jsonFlag },
  async run({ operands, options }, cli) {
    const entry = await ask(cli, ({ api, signal }) => api.setting.unset({ name: operands.name }, { signal }))
    if (options.json) cli.json(entry)
    else tellChange(cli, entry)
  },
})

/** `cove config` */
export const config = defineGroup({
  name: 'config',
  group: 'Set up:',
  summary: 'show and change settings',
  commands: [list, get, set, unset],
})

function ask<T>(cli: CommandContext, work: (use: EngineUse) => Promise<T>): Promise<T> {
  return cli.engine.use({ what: 'the settings', ms: 10_000 }, work)
}

function parseSettingName(text: string): string {
  if (settingNames.includes(text)) return text
  const { message, hint } = usageError(`there is no setting "${text}"`, { word: text, candidates: settingNames, otherwise: 'See them all with: cove config list' })
  throw new CoveError('setting.unknown', { message, about: { key: text }, ...(hint === undefined ? {} : { hint }) })
}

/** Refuses a value that the engine would refuse, before there needs to be an engine. */
async function checkValue(setting: string, value: string): Promise<void> {
  const { isSettingName, parseSetting } = await import('#engine/settings/setting-values.ts')
  if (!isSettingName(setting)) return
  if (parseSetting(setting, value).success) return
  throw new CoveError('setting.invalid', { message: `"${value}" is no value for "${setting}"`, about: { key: setting }, hint: settingWords[setting].expects })
}

/** A value as it can be given to `config set` again. */
function plain(value: SettingValue): string {
  if (!Array.isArray(value)) return String(value)
  return value.some((part) => part.includes(',') || part.trim() !== part) ? JSON.stringify(value) : value.join(',')
}

function shown(value: SettingValue): string {
  return plain(value) || '""'
}

function tellChange(cli: CommandContext, entry: SettingEntry): void {
  const { style } = cli.err
  const origin = entry.isSet ? `default ${shown(entry.default)}` : 'the default'
  cli.err.line(`${style.green(style.check)} ${entry.name} is ${harmlessLine(shown(entry.value))} ${style.dim(`(${harmlessLine(origin)})`)}`)
  if (entry.needsRestart) cli.err.line(`  ${style.dim('The vm uses it from its next start on:')} cove restart`)
}
