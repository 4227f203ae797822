import { X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { certificateFingerprint } from '#base/certificate-fingerprint.ts'
import { knownCertificates } from '#base/known-certificates.ts'

/** Certificates that the host trusts and the guest does not know, as PEM. */
export interface HostCertificates {
  pem: string
  /** Why some were left out, a sentence for the user. */
  problem: string | undefined
}

/** Where Linux distributions keep what they trust in one file, in the order of Go's crypto/x509/root_linux.go. */
const linuxBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

/** Prints what this system's store trusts now; Node asks a store once, and remembers. */
const printSystemStore = "process.stdout.write(require('node:tls').getCACertificates('system').join('\\n'))"
/** A store with some hundred authorities takes 0.1 s. */
const storeLimitMs = 10_000

/** QEMU hands files to the guest whole and our PID 1 reads them into a buffer of this size (config.c). */
const maxBytes = 512 * 1024

/** What to read; tests bring their own. */
export interface CertificateSources {
  env?: NodeJS.ProcessEnv
  platform?: NodeJS.Platform
  /** A file of the user's choice beside what the system trusts; empty for none. */
  extraFile: string
}

/** Everything the host trusts less what everybody does: the guest has the same Mozilla list as Node. */
export async function hostCertificates({ env = process.env, platform = process.platform, extraFile }: CertificateSources): Promise<HostCertificates> {
  const extra = await readExtra(extraFile)
  const known = await knownCertificates()
  const own = [...new Set([...pemBlocks(await systemPem(env, platform)), ...extra.blocks])].filter((block) => !known.has(certificateFingerprint(block)))
  const kept: string[] = []
  let bytes = 0
  for (const block of own) if ((bytes += block.length + 1) <= maxBytes) kept.push(`${block}\n`)
  const problem = kept.length < own.length ? `Only ${kept.length} of this host's ${own.length} own CA certificates fit into the guest.` : extra.problem
  return { pem: kept.join(''), problem }
}

/** Files that change when what the host trusts does; on Windows only that of the user's choice. */
export function certificateFiles({ env = process.env, platform = process.platform, extraFile }: CertificateSources): string[] {
  const own = env['SSL_CERT_FILE']
  const system = own ? [own] : platform === 'linux' ? [linuxBundles.find((path) => existsSync(path)) ?? linuxBundles[0]!] : platform === 'darwin' ? macStores() : []
  return extraFile === '' ? system : [...system, extraFile]
}

/** The certificates in a text, each from its BEGIN to its END line. */
export function pemBlocks(text: string): string[] {
  return text.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? []
}

async function systemPem(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): Promise<string> {
  // OpenSSL's own variable: what the host's curl and git trust in its place.
  const own = env['SSL_CERT_FILE']
  if (own) return await readFile(own, 'utf8').catch(() => '')
  if (platform !== 'linux') return await systemStore(env)
  for (const path of linuxBundles) {
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text !== undefined) return text
  }
  return ''
}

/** What macOS and Windows trust, asked by a process of its own. */
async function systemStore(env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await execa(process.execPath, ['-e', printSystemStore], { env, extendEnv: false, reject: false, timeout: storeLimitMs, maxBuffer: 16 * 1024 * 1024 })
  return stdout ?? ''
}

/** macOS: the keychains whose authorities count, and whom an administrator trusts. */
function macStores(): string[] {
  return ['/Library/Keychains/System.keychain', '/Library/Security/Trust Settings/Admin.plist', join(homedir(), 'Library/Keychains/login.keychain-db')]
}

async function readExtra(path: string): Promise<{ blocks: string[]; problem: string | undefined }> {
  if (path === '') return { blocks: [], problem: undefined }
  try {
    const text = await readFile(path, 'utf8')
    const blocks = pemBlocks(text)
    if (blocks.length === 0) throw new Error('it holds no certificate in PEM form')
    for (const block of blocks) new X509Certificate(block)
    return { blocks, problem: undefined }
  } catch (error) {
    return { blocks: [], problem: `The file "${path}" of the setting "ca.extraFile" is not used: ${error instanceof Error ? error.message : String(error)}.` }
  }
}
