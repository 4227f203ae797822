import type { Plugin } from 'esbuild'

/** Packages that a dependency asks for and Cove has no use for: ssh2's optional native speed-ups, which need a compiler. */
export const leaveOut: Plugin = {
  name: 'leave-out',
  setup(build) {
    build.onResolve({ filter: /(^|\/)sshcrypto\.node$|^cpu-features$/ }, () => ({ path: 'absent', namespace: 'absent' }))
    build.onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: "throw new Error('left out of the bundle')", loader: 'js' }))
  },
}

/** Lets better-sqlite3 find its native part beside the bundle instead of in its package. */
export const nativeSqlite: Plugin = {
  name: 'native-sqlite',
  setup(build) {
    build.onLoad({ filter: /better-sqlite3\/lib\/binding\.js$/ }, () => ({
      contents: "exports.getBinding = (given) => (typeof given === 'object' && given) || require(given ?? './better_sqlite3.node')",
      loader: 'js',
    }))
    build.onResolve({ filter: /^\.\/better_sqlite3\.node$/ }, ({ path }) => ({ path, external: true }))
  },
}

/**
 * ssh2 without what the engine never asks of it: its server, SFTP, key generator and web agents, which load TLS.
 */
export const ssh2Client: Plugin = {
  name: 'ssh2-client',
  setup(build) {
    build.onResolve({ filter: /^ssh2$/ }, ({ resolveDir }) => ({ path: resolveDir, namespace: 'ssh2-client' }))
    build.onLoad({ filter: /.*/, namespace: 'ssh2-client' }, ({ path }) => ({ contents: "export { default as Client } from 'ssh2/lib/client.js'", loader: 'js', resolveDir: path }))
    build.onLoad({ filter: /ssh2\/lib\/protocol\/SFTP\.js$/ }, () => ({ contents: 'exports.SFTP = class {}', loader: 'js' }))
  },
}

/** ws without TLS, which it loads for addresses that Cove never uses: 4 MB of resident memory. */
export const wsWithoutTls: Plugin = {
  name: 'ws-without-tls',
  setup(build) {
    build.onResolve({ filter: /^(tls|https)$/ }, ({ path, importer }) => (/node_modules\/ws\//.test(importer) ? { path, namespace: 'on-demand' } : undefined))
    build.onLoad({ filter: /.*/, namespace: 'on-demand' }, ({ path }) => ({ contents: `const load = (name) => (...all) => require("node:${path}")[name](...all); module.exports = { connect: load("connect"), request: load("request") }`, loader: 'js' }))
  },
}

/** Zod's messages in English alone: it brings 50 languages, 300 kB of source that would stay in memory. */
export const zodInEnglish: Plugin = {
  name: 'zod-in-english',
  setup(build) {
    build.onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({ contents: "export { default as en } from './en.js'", loader: 'js' }))
  },
}
