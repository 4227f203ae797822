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
 * Imports of node:http as a CommonJS require: an ES import reads every export of a built-in at once, and http's WebSocket
 * is a getter that loads undici. 13 MB of resident memory (Node 24.21, measured 2026-11).
 */
export const lazyHttp: Plugin = {
  name: 'lazy-http',
  setup(build) {
    build.onResolve({ filter: /^node:http$/ }, ({ kind, path }) => (kind === 'import-statement' ? { path, namespace: 'lazy-http' } : undefined))
    build.onLoad({ filter: /.*/, namespace: 'lazy-http' }, () => ({ contents: "module.exports = require('node:http')", loader: 'js' }))
  },
}

/** Zod's messages in English alone: it brings 50 languages, 300 kB of source that would stay in memory. */
export const zodInEnglish: Plugin = {
  name: 'zod-in-english',
  setup(build) {
    build.onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({ contents: "export { default as en } from './en.js'", loader: 'js' }))
  },
}
