import type { Plugin } from 'esbuild'
import { knownCertificates } from '#base/known-certificates.ts'

/** Puts the certificates that Node trusts into the bundle as fingerprints, in place of asking the running Node. */
export const knownAtBuildTime: Plugin = {
  name: 'known-at-build-time',
  setup(build) {
    build.onLoad({ filter: /base\/known-certificates\.ts$/ }, async () => ({
      contents: `export const knownCertificates = async () => new Set(${JSON.stringify([...(await knownCertificates())])})`,
      loader: 'js',
    }))
  },
}
