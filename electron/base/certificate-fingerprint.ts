import { createHash } from 'node:crypto'

/** What tells a certificate in PEM form from others; its wrapping differs between tools. */
export function certificateFingerprint(pem: string): string {
  return createHash('sha256').update(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64').digest('base64')
}
