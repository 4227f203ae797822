import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { DockerOptions } from '#engine/companions/docker-options.ts'
import { Activity } from '#engine/sleep/activity.ts'
import { Machine } from '#engine/life/machine.ts'
import { OptionsFile } from '#engine/registries/options-file.ts'
import { SettingsFile } from '#engine/settings/settings-file.ts'
import { tempDir, type TempDir } from '../../base/temp-dir.ts'
import { Guest } from './docker-guest.ts'
import { bareHost } from './bare-host.ts'

let dir: TempDir
let settings: SettingsFile
let user: OptionsFile
let machine: Machine
let options: DockerOptions
let activity: Activity
const signal = new AbortController().signal
let host: Disposable

beforeEach(async () => {
  host = bareHost()
  dir = tempDir()
  settings = await SettingsFile.open(dir.at('settings.json'))
  machine = new Machine('/h/docker.sock')
  activity = new Activity()
  user = new OptionsFile(dir.at('docker-options'))
  options = new DockerOptions({ settings, user: { file: user, image: async () => 'image' }, machine, activity, log: silentLogger })
})
afterEach(async () => {
  vi.useRealTimers()
  options[Symbol.dispose]()
  await dir[Symbol.asyncDispose]()
  host[Symbol.dispose]()
})

test('a guest boots with the same files whatever they say: memory saved with others would not fit', async () => {
  expect(await options.guestFiles()).toEqual({ 'daemon.json': '{"insecure-registries":[]}', 'ca.pem': '\n', 'proxy-env': '\n' })
  await settings.set('proxy.https', 'http://p:1')
  expect(Object.keys(await options.guestFiles())).toEqual(['daemon.json', 'ca.pem', 'proxy-env'])
})

test('a setting reaches the guest that runs, one after another, and no guest that has gone', async () => {
  const guest = new Guest()
  const joined = await options.companion.joinSession?.(guest.session, signal)
  await settings.set('registry.insecure', 'a.lan:1')
  guest.stalls = 2
  await settings.set('proxy.https', 'http://127.0.0.1:1')
  await options.settled()
  expect(guest.signals.at(-1)).toBe('restart')
  // Docker would wait for our stream.
  expect(guest.letGo).toHaveLength(guest.signals.filter((how) => how === 'restart').length)
  expect(JSON.parse(guest.files.get('/run/cove/daemon.json') ?? '')).toMatchObject({ a: 1, 'insecure-registries': ['a.lan:1'], proxies: { 'https-proxy': 'http://10.0.2.2:1' } })
  await settings.unset('proxy.https')
  await options.settled()
  expect(guest.files.get('/run/cove/daemon.json')).not.toContain('proxies')
  await joined?.[Symbol.asyncDispose]()
  guest.signals.length = 0
  await settings.unset('registry.insecure')
  await options.settled()
  expect(guest.signals).toEqual([])
})

// Whatever was left unheard would be an unhandled rejection here, and the end of the engine there.
test('a connection that is lost while options are brought to the guest costs nothing else', async () => {
  const guest = new Guest()
  guest.isLost = true
  await using _joined = await options.companion.joinSession?.(guest.session, signal)
  await settings.set('registry.insecure', 'a.lan:1')
  await options.settled()
  expect(guest.signals).toEqual([])
})

test('what would end containers is a warning, until it is done or taken back', async () => {
  const guest = new Guest()
  guest.running = 1
  await using _joined = await options.companion.joinSession?.(guest.session, signal)
  await settings.set('proxy.https', 'http://p:1')
  await options.settled()
  expect(machine.status.warnings.join()).toContain('cove restart')
  await settings.set('proxy.https', '')
  await options.settled()
  expect(machine.status.warnings).toEqual([])
  await settings.set('ca.extraFile', '/no/such.pem')
  await options.settled()
  expect(machine.status.warnings.join()).toContain('"/no/such.pem"')
})

test('a docker command or a container is not cut off: Docker starts again once the last has ended', async () => {
  const guest = new Guest()
  guest.running = 1
  const build = activity.hold()
  await using _joined = await options.companion.joinSession?.(guest.session, signal)
  await settings.set('proxy.https', 'http://p:1')
  await options.settled()
  guest.endContainer()
  await options.settled()
  expect(guest.signals).not.toContain('restart')
  expect(machine.status.warnings.join()).toContain('no docker command is under way')
  build[Symbol.dispose]()
  await options.settled()
  expect(guest.signals).toContain('restart')
  expect(machine.status.warnings).toEqual([])
  // Done once.
  guest.signals.length = 0
  activity.hold()[Symbol.dispose]()
  await options.settled()
  expect(guest.signals).toEqual([])
})

test('a connection over which nothing passes for five minutes does not put it off for ever', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const guest = new Guest()
  using _events = activity.hold({ traffic: () => 100 })
  await using _joined = await options.companion.joinSession?.(guest.session, signal)
  await settings.set('proxy.https', 'http://p:1')
  await options.settled()
  expect(machine.status.warnings.join()).toContain('nothing for five minutes')
  vi.advanceTimersByTime(5 * 60_000)
  await options.settled()
  expect(guest.signals.at(-1)).toBe('restart')
  expect([machine.status.warnings, vi.getTimerCount()]).toEqual([[], 0])
})

test('a guest that a former engine left is up to date before anybody is told that Docker runs; its proxy stays', async () => {
  const guest = new Guest()
  guest.files.set('/run/cove/daemon.json', '{"a":1,"insecure-registries":["old:1"],"proxies":{"https-proxy":"p"}}')
  await using _joined = await options.companion.joinSession?.(guest.session, signal)
  expect(guest.signals).toEqual(['reload'])
  expect(JSON.parse(guest.files.get('/run/cove/daemon.json') ?? '')).toEqual({ a: 1, 'insecure-registries': [], proxies: { 'https-proxy': 'p' } })
})

test("the user's options are given to a guest only once its Docker has accepted them, and below Cove's own", async () => {
  await user.put({ text: '{"debug":true,"features":{"x":true}}', former: null, image: 'another' })
  // Another image's Docker took them: this one has not been asked yet.
  expect((await options.guestFiles())['daemon.json']).toBe('{"insecure-registries":[]}')
  const guest = new Guest()
  guest.running = 1
  await settings.set('docker.imageStore', 'containerd')
  await using _joined = await options.companion.joinSession?.(guest.session, signal)
  await options.settled()
  expect(guest.checked).toMatchObject([{ a: 1, debug: true }])
  expect(machine.status.warnings.join()).toContain('cove restart')
  expect(JSON.parse((await options.guestFiles())['daemon.json']!)).toEqual({ debug: true, features: { x: true, 'containerd-snapshotter': true }, 'insecure-registries': [] })
})

test("options that this Docker refuses are left out, and it is said", async () => {
  await user.put({ text: '{"nonsense":true}', former: null, image: 'another' })
  const guest = new Guest()
  await using _joined = await options.companion.joinSession?.(guest.session, signal)
  await options.settled()
  expect(machine.status.warnings.join()).toContain("don't match any configuration option: nonsense")
  expect((await options.guestFiles())['daemon.json']).toBe('{"insecure-registries":[]}')
  expect(guest.files.get('/run/cove/daemon.json')).not.toContain('nonsense')
})

test('options are put in force at once, whatever runs; a Docker that ends again and again did not start', async () => {
  const guest = new Guest()
  guest.running = 1
  await using _joined = await options.companion.joinSession?.(guest.session, signal)
  await options.settled()
  expect(await options.refusalOf({ nonsense: 1 }, signal)).toContain('nonsense')
  await user.put({ text: '{"debug":true}', former: '', image: 'image' })
  await options.enforce(signal)
  expect(guest.signals.at(-1)).toBe('restart')
  expect(guest.files.get('/run/cove/daemon.json')).toContain('"debug": true')
  guest.isBroken = true
  await user.put({ text: '{"debug":false}', former: '', image: 'image' })
  await expect(options.enforce(signal)).rejects.toThrow('Docker ended 3 times')
})
