import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { DesktopMemory } from '#desktop/memory.ts'
import { preferencesOf } from '#desktop/preferences.ts'
import { SettingsFile } from '#engine/settings/settings-file.ts'
import { tempHome } from '../base/temp-dir.ts'
import { FakeParts } from '../engine/life/fake-parts.ts'

test('what is remembered is there in the next run', async () => {
  await using home = tempHome()
  const memory = new DesktopMemory(home.paths)
  expect(memory.content).toMatchObject({ bounds: null, lastStatus: null, preferences: { theme: 'system', startVm: true, onQuit: 'ask' } })
  const { status } = new FakeParts().machine
  const bounds = { x: 1, y: 2, width: 800, height: 600, isMaximized: true }
  void memory.remember({ bounds })
  void memory.remember({ lastStatus: status })
  await memory.settled()
  expect(new DesktopMemory(home.paths).content).toMatchObject({ bounds, lastStatus: status })
})

test('a broken file costs what it held and nothing else', async () => {
  await using home = tempHome()
  const first = new DesktopMemory(home.paths)
  await first.remember({ bounds: { x: 0, y: 0, width: 900, height: 700, isMaximized: false } })
  const whole = JSON.parse(readFileSync(home.paths.desktopMemory, 'utf8')) as object
  for (const text of ['', '{', '[]', 'null', JSON.stringify({ ...whole, lastStatus: { state: 'perhaps' }, preferences: 7 })]) {
    writeFileSync(home.paths.desktopMemory, text)
    expect(new DesktopMemory(home.paths).content).toMatchObject({ lastStatus: null, preferences: { language: 'system' } })
  }
  expect(new DesktopMemory(home.paths).content.bounds).toMatchObject({ width: 900 })
})

test('preferences are read from the engine’s settings', async () => {
  await using home = tempHome()
  const settings = await SettingsFile.open(home.at('settings.json'))
  expect(preferencesOf(settings.list())).toEqual({ theme: 'system', language: 'system', startVm: true, startAtLogin: false, notifyExits: true, notifyOom: true, notifyDisk: true, onQuit: 'ask' })
  await settings.set('desktop.theme', 'dark')
  await settings.set('desktop.startVm', 'false')
  expect(preferencesOf(settings.list())).toMatchObject({ theme: 'dark', startVm: false })
})
