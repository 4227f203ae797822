import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { findLogin, registryHeader, registryOf } from '#engine/registries/credentials.ts'
import { tempHome } from '../../base/temp-dir.ts'

function config(folder: string, content: unknown): string {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'config.json'), typeof content === 'string' ? content : JSON.stringify(content))
  return folder
}

test('an image\'s registry is read as docker reads it', () => {
  for (const [image, registry] of [['alpine', 'docker.io'], ['team/app:1', 'docker.io'], ['localhost/x', 'localhost'], ['localhost:5000/x', 'localhost:5000'], ['registry.lan/a/b@sha256:0', 'registry.lan']] as const) expect(registryOf(image)).toBe(registry)
})

test('a login is taken from the file, by whatever name docker wrote it', async () => {
  await using home = tempHome()
  const auth = Buffer.from('me:pass:word').toString('base64')
  const folder = config(join(home.paths.home, 'd'), { auths: { 'https://index.docker.io/v1/': { auth }, 'https://old.lan/v1/': { auth }, 'token.lan': { identitytoken: 't' } } })
  expect(await findLogin('docker.io', folder)).toEqual({ username: 'me', password: 'pass:word', serveraddress: 'https://index.docker.io/v1/' })
  expect(await findLogin('old.lan', folder)).toMatchObject({ username: 'me' })
  expect(await findLogin('token.lan', folder)).toEqual({ identitytoken: 't', serveraddress: 'token.lan' })
  expect(await findLogin('other.lan', folder)).toBeUndefined()
  expect(await findLogin('other.lan', join(home.paths.home, 'none'))).toBeUndefined()
  expect(JSON.parse(Buffer.from(registryHeader({ username: 'ü', password: '?', serveraddress: 'x' })['X-Registry-Auth'], 'base64url').toString())).toMatchObject({ username: 'ü' })
})

test('a file that cannot be read is an error which tells nothing of what is in it', async () => {
  await using home = tempHome()
  const folder = config(join(home.paths.home, 'd'), '{"auths": {"x": {"auth": "c2VjcmV0"')
  const refused = findLogin('x', folder)
  await expect(refused).rejects.toMatchObject({ code: 'context.file-broken', message: expect.not.stringContaining('c2VjcmV0') as string })
})

test.skipIf(process.platform === 'win32')('a keychain is asked through its helper; one that is missing or knows nothing is no login', async () => {
  await using home = tempHome()
  const bin = join(home.paths.home, 'bin')
  mkdirSync(bin, { recursive: true })
  const helper = join(bin, 'docker-credential-test')
  writeFileSync(helper, '#!/bin/sh\nread server\n[ "$1" = get ] && [ "$server" = known.lan ] || { echo "credentials not found"; exit 1; }\necho \'{"ServerURL":"known.lan","Username":"<token>","Secret":"s3"}\'\n')
  chmodSync(helper, 0o755)
  vi.stubEnv('PATH', `${bin}:${process.env['PATH'] ?? ''}`)
  const folder = config(join(home.paths.home, 'd'), { credsStore: 'test', credHelpers: { 'away.lan': 'nowhere', 'evil.lan': '../../sh' } })
  expect(await findLogin('known.lan', folder)).toEqual({ identitytoken: 's3', serveraddress: 'known.lan' })
  for (const registry of ['other.lan', 'away.lan', 'evil.lan']) expect(await findLogin(registry, folder)).toBeUndefined()
  vi.unstubAllEnvs()
})
