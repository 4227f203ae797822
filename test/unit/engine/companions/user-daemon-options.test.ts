import { afterEach, beforeEach, expect, test } from 'vitest'
import { UserDaemonOptions } from '#engine/companions/user-daemon-options.ts'
import { OptionsFile } from '#engine/registries/options-file.ts'
import { tempDir, type TempDir } from '../../base/temp-dir.ts'

let dir: TempDir
let file: OptionsFile
/** What Docker started with, one after another; it does not start with what holds "bad". */
let started: string[]
let options: UserDaemonOptions
const signal = new AbortController().signal

beforeEach(() => {
  dir = tempDir()
  file = new OptionsFile(dir.at('docker-options'))
  started = []
  const enforce = async (): Promise<void> => {
    started.push(await file.text())
    if (started.at(-1)?.includes('bad')) throw new Error('it ended 3 times')
  }
  options = new UserDaemonOptions({ file, image: async () => 'i', docker: { refusalOf: async (wanted) => ('nonsense' in wanted ? 'no such option: nonsense' : undefined), enforce, ownOptions: async () => ({ 'insecure-registries': [] }) } })
})
afterEach(async () => dir[Symbol.asyncDispose]())

test('options are set and undone, and undone again', async () => {
  expect(await options.get()).toEqual({ text: '', former: null, own: { 'insecure-registries': [] } })
  await expect(options.undo(signal)).rejects.toMatchObject({ code: 'daemon.no-former' })
  await options.set('{"debug": true}', signal)
  expect(await options.set('{"debug": false}', signal)).toMatchObject({ text: '{"debug": false}', former: '{"debug": true}' })
  expect(await options.undo(signal)).toMatchObject({ text: '{"debug": true}', former: '{"debug": false}' })
  expect(await options.undo(signal)).toMatchObject({ text: '{"debug": false}' })
  expect(started).toEqual(['{"debug": true}', '{"debug": false}', '{"debug": true}', '{"debug": false}'])
  expect(await file.isAccepted('i')).toBe(true)
  expect(await file.isAccepted('another image')).toBe(false)
})

test('what is refused changes nothing, and Docker does not start again for it', async () => {
  await options.set('{"debug": true}', signal)
  started.length = 0
  await expect(options.set('{\n"nonsense": 1}', signal)).rejects.toMatchObject({ code: 'daemon.refused', message: 'line 2: no such option: nonsense' })
  await expect(options.set('{\n"hosts": []}', signal)).rejects.toMatchObject({ code: 'daemon.refused', message: expect.stringContaining('line 2: "hosts"') as string })
  await expect(options.set('{', signal)).rejects.toMatchObject({ code: 'daemon.refused' })
  await options.set('{"debug": true}', signal)
  expect(started).toEqual([])
  expect(await options.get()).toMatchObject({ text: '{"debug": true}', former: '' })
})

test('a Docker that does not start with them gets the former ones back', async () => {
  await options.set('{"debug": true}', signal)
  await expect(options.set('{"bip": "bad"}', signal)).rejects.toMatchObject({ code: 'daemon.refused', message: expect.stringContaining('the former ones hold again: it ended 3 times') as string })
  expect(started).toEqual(['{"debug": true}', '{"bip": "bad"}', '{"debug": true}'])
  expect(await options.get()).toMatchObject({ text: '{"debug": true}', former: '' })
})

test('two changes at once come one after the other', async () => {
  await Promise.all([options.set('{"a": 1}', signal), options.set('{"b": 1}', signal)])
  expect(await options.get()).toMatchObject({ text: '{"b": 1}', former: '{"a": 1}' })
})
