import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { DockerOptions } from '#engine/companions/docker-options.ts'
import { Machine } from '#engine/life/machine.ts'
import { OptionsFile } from '#engine/registries/options-file.ts'
import { SettingsFile } from '#engine/settings/settings-file.ts'
import { Activity } from '#engine/sleep/activity.ts'
import { makeAuthority } from '../../../fixtures/registry/certificates.ts'
import { tempDir } from '../../base/temp-dir.ts'
import { bareHost } from './bare-host.ts'
import { Guest } from './docker-guest.ts'

test.runIf(process.platform === 'linux')('what the host trusts and the proxy of its desktop reach the guest as they change, and no guest that has gone', async () => {
  await using dir = tempDir()
  using _host = bareHost({ SSL_CERT_FILE: dir.at('bundle.pem'), XDG_CONFIG_HOME: dir.at('config') })
  const machine = new Machine('/h/docker.sock')
  const user = { file: new OptionsFile(dir.at('docker-options')), image: async () => 'image' }
  using options = new DockerOptions({ settings: await SettingsFile.open(dir.at('settings.json')), user, machine, activity: new Activity(), log: silentLogger })
  const authority = await readFile((await makeAuthority(dir.path, 'corp')).certificate, 'utf8')
  const guest = new Guest()
  const proxies = (): unknown => JSON.parse(guest.files.get('/run/cove/daemon.json') ?? '').proxies
  const restarts = async (times: number): Promise<void> => await vi.waitFor(() => expect(guest.signals.filter((how) => how === 'restart')).toHaveLength(times), { timeout: 10_000 })
  const joined = await options.companion.joinSession?.(guest.session, new AbortController().signal)
  await options.settled()
  await writeFile(dir.at('new.pem'), authority)
  await rename(dir.at('new.pem'), dir.at('bundle.pem'))
  await restarts(1)
  expect(guest.files.get('/etc/ssl/certs/cove-host.pem')?.trim()).toBe(authority.trim())

  await mkdir(dir.at('config'))
  await writeFile(dir.at('config/kioslaverc'), '[Proxy Settings]\nProxyType=1\nhttpsProxy=http://proxy.corp.example 3128\n')
  await restarts(2)
  expect(proxies()).toMatchObject({ 'https-proxy': 'http://proxy.corp.example:3128' })
  expect(guest.files.get('/run/cove/proxy-env')).toMatch(/^"HTTPS_PROXY=http:\/\/proxy\.corp\.example:3128"\n/)
  // Named before, it goes; an engine that never knew of one would leave it.
  await writeFile(dir.at('config/kioslaverc'), '[Proxy Settings]\nProxyType=0\n')
  await restarts(3)
  expect(proxies()).toBeUndefined()
  await writeFile(dir.at('config/kioslaverc'), '[Proxy Settings]\nProxyType=2\nProxy Config Script=http://corp.example/proxy.pac\n')
  await vi.waitFor(() => expect(machine.status.warnings.join()).toContain('a script (http://corp.example/proxy.pac)'), { timeout: 10_000 })

  await joined?.[Symbol.asyncDispose]()
  guest.signals.length = 0
  await writeFile(dir.at('bundle.pem'), '')
  // Longer than a change takes.
  await sleep(1500)
  await options.settled()
  expect(guest.signals).toEqual([])
})
