import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { type CovePaths, covePaths } from '#base/paths.ts'
import { openIdentity } from '#engine/vm/identity.ts'

let home: string
let paths: CovePaths
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cove-id-'))
  paths = covePaths(home)
})
afterEach(() => rmSync(home, { recursive: true }))

const mode = (path: string): number => statSync(path).mode & 0o777

test('Makes two key pairs once, private files for their owner alone, and finds them again', async () => {
  const first = await openIdentity(paths, silentLogger)
  expect(first.hostPublicKey).toMatch(/^ssh-ed25519 \S+$/)
  expect(first.hostPublicKey).not.toBe(first.clientPublicKey)
  expect([mode(paths.keysDir), mode(paths.hostKey), mode(paths.clientKey)]).toEqual([0o700, 0o600, 0o600])
  expect(await openIdentity(paths, silentLogger)).toEqual(first)
})

test('Writes a missing public file again from its private one', async () => {
  const first = await openIdentity(paths, silentLogger)
  rmSync(`${paths.clientKey}.pub`)
  expect(await openIdentity(paths, silentLogger)).toEqual(first)
  expect(readFileSync(`${paths.clientKey}.pub`, 'utf8')).toBe(`${first.clientPublicKey}\n`)
})

test('Makes a new pair when only the public half is left', async () => {
  const first = await openIdentity(paths, silentLogger)
  rmSync(paths.clientKey)
  const second = await openIdentity(paths, silentLogger)
  expect(second.clientPublicKey).not.toBe(first.clientPublicKey)
  expect(second.hostPublicKey).toBe(first.hostPublicKey)
})

test.each(['', 'half of a', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n'])('Reports a private file that holds %j and leaves it', async (text) => {
  await openIdentity(paths, silentLogger)
  writeFileSync(paths.hostKey, text)
  await expect(openIdentity(paths, silentLogger)).rejects.toMatchObject({ code: 'engine.home-unusable', message: expect.stringContaining(paths.hostKey) })
  expect(readFileSync(paths.hostKey, 'utf8')).toBe(text)
})

test('Reports a public file of another key', async () => {
  const first = await openIdentity(paths, silentLogger)
  writeFileSync(`${paths.hostKey}.pub`, first.clientPublicKey)
  await expect(openIdentity(paths, silentLogger)).rejects.toMatchObject({ code: 'engine.home-unusable' })
})

test('Takes a private file back from other readers', async () => {
  await openIdentity(paths, silentLogger)
  chmodSync(paths.clientKey, 0o644)
  await openIdentity(paths, silentLogger)
  expect(mode(paths.clientKey)).toBe(0o600)
})
