import { globSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkout } from '../checkout.ts'
import { fingerprint, isFresh } from '../setup/freshness.mjs'

const dist = join(checkout, 'dist', 'renderer')
const stamp = join(dist, 'inputs.json')

/** Everything that the window is built from; a file that is added or removed counts as well, through the list itself. */
function listInputs(): Record<string, string> {
  const files = globSync(['renderer/**/*', 'electron/contract/*.ts', 'scripts/build/renderer.ts', 'package.json', 'package-lock.json'], { cwd: checkout })
  return Object.fromEntries(files.toSorted().map((file) => [file, fingerprint(join(checkout, file))]))
}

/** Whether dist/renderer is what the sources would give. */
export function isRendererFresh(): boolean {
  return isFresh(checkout, stamp)
}

/** Builds the window's page with vite and puts it in the place of the former one. */
export async function buildRenderer(): Promise<void> {
  const inputs = listInputs()
  // Loaded here: a build that has nothing to do need not know vite.
  const { build } = await import('vite')
  const { default: react } = await import('@vitejs/plugin-react')
  const next = `${dist}.${process.pid}.new`
  await build({
    configFile: false,
    root: join(checkout, 'renderer'),
    logLevel: 'warn',
    plugins: [react()],
    build: {
      outDir: next,
      emptyOutDir: true,
      target: 'esnext',
      // What the first script imports is asked for with it, not after it; without vite's script for browsers that cannot.
      modulePreload: { polyfill: false },
      // A data: URL would have to be allowed by the content policy.
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 2000,
    },
  })
  await writeFile(join(next, 'inputs.json'), JSON.stringify(inputs, null, 1))
  await rm(dist, { recursive: true, force: true })
  await rename(next, dist)
}
