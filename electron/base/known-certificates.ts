import { certificateFingerprint } from './certificate-fingerprint.ts'

/**
 * Fingerprints of the certificates that every Node trusts. In the built engine this module is a list made at build time
 * (scripts/build/known-certificates.ts): asking Node loads node:tls, 3 MB of resident memory for as long as the engine lives.
 */
export async function knownCertificates(): Promise<ReadonlySet<string>> {
  const { getCACertificates } = await import('node:tls')
  return new Set(getCACertificates('bundled').map(certificateFingerprint))
}
