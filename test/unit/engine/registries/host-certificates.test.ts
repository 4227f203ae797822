import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { certificateFiles, hostCertificates, pemBlocks } from '#engine/registries/host-certificates.ts'
import { makeAuthority } from '../../../fixtures/registry/certificates.ts'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'cove-ca-'))))
afterEach(() => rmSync(folder, { recursive: true }))

test('only what the host trusts and everybody does not is handed on', async () => {
  const authority = await makeAuthority(folder, 'corp')
  const bundle = join(folder, 'bundle.pem')
  const rewrapped = (rootCertificates[0] ?? '').replaceAll('\n', '\r\n')
  writeFileSync(bundle, `# Corp\n${rewrapped}\n${await readFile(authority.certificate, 'utf8')}${rootCertificates[1]}\n`)
  const { pem, problem } = await hostCertificates({ env: { SSL_CERT_FILE: bundle }, extraFile: '' })
  expect(pem).toBe(await readFile(authority.certificate, 'utf8'))
  expect(problem).toBeUndefined()
})

test('a file of the user\'s joins them; one that holds none or is not there is told', async () => {
  const [one, two] = [await makeAuthority(folder, 'one'), await makeAuthority(folder, 'two')]
  const env = { SSL_CERT_FILE: one.certificate }
  const { pem } = await hostCertificates({ env, extraFile: two.certificate })
  expect(pemBlocks(pem)).toHaveLength(2)
  const junk = join(folder, 'junk.pem')
  for (const [content, why] of [['nothing', 'holds no certificate'], ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'is not used']] as const) {
    writeFileSync(junk, content)
    const refused = await hostCertificates({ env, extraFile: junk })
    expect(refused.problem).toContain(why)
    expect(pemBlocks(refused.pem)).toHaveLength(1)
  }
  expect((await hostCertificates({ env, extraFile: join(folder, 'gone') })).problem).toContain('ENOENT')
})

test('more than the guest reads is left out, and told', async () => {
  const bundle = join(folder, 'bundle.pem')
  const block = (i: number): string => `-----BEGIN CERTIFICATE-----\n${Buffer.alloc(4000, i).toString('base64')}\n-----END CERTIFICATE-----\n`
  writeFileSync(bundle, Array.from({ length: 200 }, (_, i) => block(i)).join(''))
  const { pem, problem } = await hostCertificates({ env: { SSL_CERT_FILE: bundle }, extraFile: '' })
  expect(pem.length).toBeLessThanOrEqual(512 * 1024)
  expect(problem).toMatch(/Only \d+ of this host's 200/)
})

test('a system\'s own store is asked anew each time: Node remembers what it was told first', async () => {
  const [one, two] = await Promise.all((await Promise.all([makeAuthority(folder, 'one'), makeAuthority(folder, 'two')])).map(({ certificate }) => readFile(certificate, 'utf8')))
  const store = join(folder, 'store')
  mkdirSync(store)
  // On Linux Node reads the folder that this variable names where it asks a store on the others.
  const ask = async (): Promise<string> => (await hostCertificates({ platform: 'darwin', extraFile: '', env: { ...process.env, SSL_CERT_FILE: '', SSL_CERT_DIR: store } })).pem
  for (const [present, absent] of [[one!, two!], [two!, one!]] as const) {
    writeFileSync(join(store, 'ca.pem'), present)
    const pem = await ask()
    expect(pem).toContain(present.trim())
    expect(pem).not.toContain(absent.trim())
  }
})

test('files that tell of a change are the ones that are read', () => {
  const [env, extraFile] = [{}, '/own/ca.pem']
  expect(certificateFiles({ env, platform: 'linux', extraFile })).toEqual([expect.stringMatching(/^\/etc\/.*(?:\.crt|\.pem)$/), extraFile])
  expect(certificateFiles({ env: { SSL_CERT_FILE: '/other.pem' }, platform: 'linux', extraFile: '' })).toEqual(['/other.pem'])
  expect(certificateFiles({ env, platform: 'darwin', extraFile })).toEqual(['/Library/Keychains/System.keychain', '/Library/Security/Trust Settings/Admin.plist', expect.stringMatching(/Library\/Keychains\/login\.keychain-db$/), extraFile])
  expect(certificateFiles({ env, platform: 'win32', extraFile })).toEqual([extraFile])
})
