import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SettingEntry, Settings } from '#contract/setting.ts'
import { SettingsFile } from '#engine/settings/settings-file.ts'
import { tempDir, type TempDir } from '../../base/temp-dir.ts'

const defaults = Settings.parse({})

/** A settings file that holds this text, if any. */
async function opened(dir: TempDir, text?: string): Promise<SettingsFile> {
  if (text !== undefined) writeFileSync(dir.at('settings.json'), text)
  return SettingsFile.open(dir.at('settings.json'))
}

function stored(dir: TempDir): unknown {
  return JSON.parse(readFileSync(dir.at('settings.json'), 'utf8'))
}

test('without a file the defaults hold and none is made', async () => {
  await using dir = tempDir()
  const settings = await opened(dir)
  expect(settings.values).toEqual(defaults)
  expect(settings.warnings).toEqual([])
  expect(readdirSync(dir.path)).toEqual([])
})

test('every setting is listed as the contract says, with its default and what it is for', async () => {
  await using dir = tempDir()
  const list = (await opened(dir)).list()
  expect(list.map(({ name }) => name)).toEqual(Object.keys(Settings.shape))
  for (const entry of list) {
    expect(SettingEntry.parse(entry)).toEqual(entry)
    expect(entry).toMatchObject({ value: entry.default, isSet: false, description: expect.stringMatching(/\w/) })
  }
})

const texts: [name: string, text: string, value: unknown][] = [
  ['vm.cpus', '4', 4],
  ['vm.memoryMiB', '512', 512],
  ['vm.accelerator', 'tcg', 'tcg'],
  ['vm.qemu', '/opt/qemu', '/opt/qemu'],
  ['vm.qemu', '4', '4'],
  ['vm.qemu', 'true', 'true'],
  ['vm.qemu', '', ''],
  ['tunnel.port', '0', 0],
  ['tunnel.port', '65535', 65535],
  ['log.level', 'debug', 'debug'],
]

test.each(texts)('%s set to %j survives closing and opening', async (name, text, value) => {
  await using dir = tempDir()
  const entry = await (await opened(dir)).set(name, text)
  expect(entry).toMatchObject({ name, value, isSet: true })
  expect((await opened(dir)).get(name)).toEqual(entry)
  expect(stored(dir)).toEqual({ [name]: value })
  expect(statSync(dir.at('settings.json')).mode & 0o777).toBe(0o600)
})

test('unset brings the default back and leaves the others', async () => {
  await using dir = tempDir()
  const settings = await opened(dir, '{"vm.cpus": 4, "log.level": "warn"}')
  expect(await settings.unset('vm.cpus')).toMatchObject({ value: defaults['vm.cpus'], isSet: false })
  expect(stored(dir)).toEqual({ 'log.level': 'warn' })
})

const badTexts: [name: string, text: string][] = [
  ['vm.cpus', '0'],
  ['vm.cpus', '-1'],
  ['vm.cpus', '1.5'],
  ['vm.cpus', '257'],
  ['vm.cpus', ''],
  ['vm.cpus', ' 4'],
  ['vm.cpus', '4 '],
  ['vm.cpus', '0x4'],
  ['vm.cpus', '1e2'],
  ['vm.cpus', 'many'],
  ['vm.cpus', 'true'],
  ['vm.cpus', '99999999999999999999'],
  ['vm.accelerator', 'TCG'],
  ['vm.accelerator', ''],
  ['vm.qemu', 'x'.repeat(5000)],
  ['tunnel.port', '65536'],
  ['log.level', '1'],
]

test.each(badTexts)('%s does not take %j, and nothing changes', async (name, text) => {
  await using dir = tempDir()
  const before = '{ "log.level":   "warn" }'
  const settings = await opened(dir, before)
  await expect(settings.set(name, text)).rejects.toMatchObject({ code: 'setting.invalid', message: expect.stringContaining(`"${name}"`), hint: expect.stringContaining(name) })
  expect(settings.values).toEqual({ ...defaults, 'log.level': 'warn' })
  expect(readFileSync(dir.at('settings.json'), 'utf8')).toBe(before)
})

test.each(['nope', 'vm', 'vm.cpus ', 'VM.CPUS', '__proto__', 'constructor', 'toString', ''])('there is no setting %j', async (name) => {
  await using dir = tempDir()
  const settings = await opened(dir)
  const unknown = { code: 'setting.unknown', message: expect.stringContaining(`"${name}"`) }
  await expect(settings.set(name, '1')).rejects.toMatchObject(unknown)
  await expect(settings.unset(name)).rejects.toMatchObject(unknown)
  expect(() => settings.get(name)).toThrow(expect.objectContaining(unknown))
  expect(readdirSync(dir.path)).toEqual([])
})

test('entries that are unknown or invalid are ignored, reported and kept until they are changed', async () => {
  await using dir = tempDir()
  const settings = await opened(dir, '{"vm.cpus": "lots", "future.thing": {"a": 1}, "__proto__": 1, "log.level": "warn", "vm.memoryMiB": null}')
  expect(settings.values).toEqual({ ...defaults, 'log.level': 'warn' })
  expect(settings.warnings.map(({ message }) => /"(.*?)"/.exec(message)?.[1])).toEqual(['vm.cpus', 'future.thing', '__proto__', 'vm.memoryMiB'])
  expect(settings.get('vm.cpus')).toMatchObject({ value: defaults['vm.cpus'], isSet: false })
  await settings.set('tunnel.port', '2222')
  expect(readFileSync(dir.at('settings.json'), 'utf8')).toMatch(/"future\.thing": \{[^]*"__proto__": 1/)
  await settings.set('vm.cpus', '3')
  await settings.unset('vm.memoryMiB')
  expect(stored(dir)).toMatchObject({ 'vm.cpus': 3, 'future.thing': { a: 1 } })
  expect(settings.warnings).toHaveLength(2)
})

test('a number written by hand as text counts as that number', async () => {
  await using dir = tempDir()
  const settings = await opened(dir, '{"vm.cpus": "4"}')
  expect(settings.values['vm.cpus']).toBe(4)
  expect(settings.warnings).toEqual([])
})

test.each(['', '{', '[]', 'null', '"text"', '{"vm.cpus": 4,}', '\u0000\u0001'])('a file that holds %j is untouched until a change and then kept aside', async (text) => {
  await using dir = tempDir()
  const settings = await opened(dir, text)
  expect(settings.values).toEqual(defaults)
  expect(settings.warnings).toEqual([{ code: 'settings.unreadable', about: { path: dir.at('settings.json') }, message: expect.stringContaining(dir.at('settings.json')) }])
  expect(readFileSync(dir.at('settings.json'), 'utf8')).toBe(text)
  await expect(settings.set('vm.cpus', 'no')).rejects.toMatchObject({ code: 'setting.invalid' })
  expect(readdirSync(dir.path)).toEqual(['settings.json'])

  await settings.set('vm.cpus', '4')
  await settings.set('vm.cpus', '5')
  const aside = readdirSync(dir.path).filter((name) => name !== 'settings.json')
  expect(aside).toEqual([expect.stringMatching(/^settings\.json\.broken-/)])
  expect(readFileSync(dir.at(aside[0] ?? ''), 'utf8')).toBe(text)
  expect(stored(dir)).toEqual({ 'vm.cpus': 5 })
  expect(settings.warnings).toEqual([expect.objectContaining({ code: 'settings.kept', message: expect.stringContaining(aside[0] ?? '?') })])
})

test('a broken file that has gone meanwhile is no obstacle', async () => {
  await using dir = tempDir()
  const settings = await opened(dir, '{')
  rmSync(dir.at('settings.json'))
  await settings.set('vm.cpus', '4')
  expect(stored(dir)).toEqual({ 'vm.cpus': 4 })
  expect(readdirSync(dir.path)).toEqual(['settings.json'])
})

test('a folder in place of the file is reported and never removed', async () => {
  await using dir = tempDir()
  mkdirSync(dir.at('settings.json'))
  const settings = await opened(dir)
  expect(settings.warnings).toHaveLength(1)
  await expect(settings.set('vm.cpus', '4')).rejects.toMatchObject({ code: 'setting.file-broken', message: expect.stringContaining('settings.json') })
  expect(settings.values).toEqual(defaults)
  expect(readdirSync(dir.path)).toEqual(['settings.json'])
})

test('a change that cannot be written changes nothing', async () => {
  await using dir = tempDir()
  mkdirSync(dir.at('home'))
  const settings = await SettingsFile.open(dir.at('home', 'settings.json'))
  rmSync(dir.at('home'), { recursive: true })
  await expect(settings.set('vm.cpus', '4')).rejects.toMatchObject({ code: 'file.unwritable' })
  expect(settings.values).toEqual(defaults)
  mkdirSync(dir.at('home'))
  await expect(settings.set('vm.cpus', '5')).resolves.toMatchObject({ value: 5 })
})

test('changes made at once are all kept', async () => {
  await using dir = tempDir()
  const settings = await opened(dir)
  await Promise.all([
    settings.set('vm.cpus', '3'),
    settings.set('vm.memoryMiB', '1024'),
    settings.set('vm.cpus', 'bad').catch(() => undefined),
    settings.set('log.level', 'warn'),
    settings.unset('vm.memoryMiB'),
    settings.set('vm.cpus', '4'),
  ])
  expect(stored(dir)).toEqual({ 'vm.cpus': 4, 'log.level': 'warn' })
  expect((await opened(dir)).values).toEqual(settings.values)
})

test('who listens is told of each change once the file holds it, and of none that failed', async () => {
  await using dir = tempDir()
  const settings = await opened(dir)
  const seen: [number, number, unknown][] = []
  const listening = settings.onChange((values, former) => seen.push([former['vm.cpus'], values['vm.cpus'], stored(dir)]))
  await settings.set('vm.cpus', '7')
  await expect(settings.set('vm.cpus', '0')).rejects.toMatchObject({ code: 'setting.invalid' })
  await settings.unset('vm.cpus')
  listening[Symbol.dispose]()
  await settings.set('vm.cpus', '3')
  expect(seen).toEqual([
    [2, 7, { 'vm.cpus': 7 }],
    [7, 2, {}],
  ])
})
