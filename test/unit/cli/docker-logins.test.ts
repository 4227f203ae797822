import { mkdirSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkLogins } from '#cli/docker-logins.ts'
import type { Finding } from '#contract/doctor.ts'
import { tempDir, type TempDir } from '../base/temp-dir.ts'

let dir: TempDir

beforeEach(() => {
  dir = tempDir()
  for (const folder of ['bin', 'bundled', 'docker']) mkdirSync(dir.at(folder))
  program('bundled/docker-credential-secretservice')
})
afterEach(() => dir[Symbol.asyncDispose]())

function program(path: string): void {
  writeFileSync(dir.at(path), '', { mode: 0o755 })
}

function check(config?: object | string, session: NodeJS.ProcessEnv = { DISPLAY: ':0' }): Promise<Finding> {
  if (config !== undefined) writeFileSync(dir.at('docker/config.json'), typeof config === 'string' ? config : JSON.stringify(config))
  return checkLogins({ dockerConfigDir: dir.at('docker'), env: { ...session, PATH: dir.at('bin') }, platform: 'linux', bundled: dir.at('bundled') })
}

test('without a helper on PATH a login would be plain text, and where Cove has one it says so', async () => {
  for (const config of [undefined, {}, '{"auths": not JSON']) {
    const { level, message, fix } = await check(config)
    expect([level, message]).toEqual(['warning', 'docker login keeps passwords in plain text: there is no docker-credential-secretservice on PATH'])
    expect(fix).toBe(`Put Cove's helpers on PATH: export PATH="$PATH:${dir.at('bundled')}"`)
  }
})

test('a helper on PATH is used by itself: pass where there is one, else the keychain', async () => {
  program('bin/docker-credential-secretservice')
  expect(await check()).toMatchObject({ level: 'ok', message: 'docker keeps logins with docker-credential-secretservice' })
  program('bin/pass')
  expect(await check()).toMatchObject({ level: 'warning', message: expect.stringContaining('no docker-credential-pass on PATH'), fix: 'Install docker-credential-pass.' })
})

test('where no keychain can be reached, a login would fail', async () => {
  program('bin/docker-credential-secretservice')
  expect(await check(undefined, {})).toMatchObject({ level: 'warning', message: expect.stringMatching(/^docker login fails: no keychain/), fix: expect.stringContaining('pass init') })
  expect(await check(undefined, { XDG_RUNTIME_DIR: dir.at('.') })).toMatchObject({ level: 'warning' })
  expect(await check(undefined, { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus' })).toMatchObject({ level: 'ok' })
  program('bus')
  expect(await check(undefined, { XDG_RUNTIME_DIR: dir.at('.') })).toMatchObject({ level: 'ok' })
  program('bin/pass')
  program('bin/docker-credential-pass')
  expect(await check(undefined, {})).toMatchObject({ level: 'ok' })
})

test('docker looks for no helper where its file has logins or helpers of single registries', async () => {
  program('bin/docker-credential-secretservice')
  expect(await check({ credHelpers: { 'a.example': 'x' } })).toMatchObject({ level: 'warning', fix: 'Add to it: "credsStore": "secretservice"' })
  expect(await check({ credsStore: 'secretservice', auths: { 'a.example': {} } })).toMatchObject({ level: 'ok' })
})

test('a named helper that is not there, and logins in plain text, are told without their secret', async () => {
  expect(await check({ credsStore: 'desktop' })).toMatchObject({ level: 'warning', message: expect.stringMatching(/^docker login fails: .*no docker-credential-desktop on PATH$/) })
  const found = await check({ auths: { 'a.example': { auth: 'c2VjcmV0' }, 'b.example': {} } })
  expect(found).toMatchObject({ level: 'warning', message: `"${dir.at('docker/config.json')}" holds a login in plain text: a.example`, fix: expect.stringContaining('docker logout a.example') })
  expect(JSON.stringify(found)).not.toContain('c2VjcmV0')
})
