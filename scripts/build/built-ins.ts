import { createRequire, isBuiltin } from 'node:module'
import type { Plugin } from 'esbuild'

const require = createRequire(import.meta.url)

/**
 * Imports of Node's own modules as a CommonJS require that reads the used names alone. A real ES import of a built-in reads
 * every one of its exports at once, and many are getters behind which further built-ins load: node:crypto's webcrypto,
 * node:http's WebSocket (undici), node:process's stdin, …: 13 MB of resident memory in an engine (Node 24.21, 2026-11).
 */
export const usedBuiltIns: Plugin = {
  name: 'used-built-ins',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ kind, path }) => (kind === 'import-statement' ? { path, namespace: 'used-built-ins', sideEffects: false } : undefined))
    build.onLoad({ filter: /.*/, namespace: 'used-built-ins' }, ({ path }) => ({ contents: readerOf(path), loader: 'js' }))
  },
}

/** The source of a module with the built-in's exports, of which the bundler keeps what somebody imports. */
function readerOf(name: string): string {
  if (!isBuiltin(name)) throw new Error(`"${name}" is no module of Node ${process.version}`)
  const names = Object.keys(require(name) as object).filter((key) => /^[\w$]+$/.test(key) && key !== 'default')
  const exported = names.map((key) => `const _${key} = /* @__PURE__ */ read(${JSON.stringify(key)}); export { _${key} as ${key} }`)
  return [`const all = /* @__PURE__ */ require(${JSON.stringify(name)})`, 'const read = (key) => all[key]', ...exported, 'export default all'].join('\n')
}
