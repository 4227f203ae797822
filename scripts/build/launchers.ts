import { chmod, mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { checkout } from '../checkout.ts'

/** Compiled code is kept between starts; a folder that cannot be written only costs the time it would have saved. */
const withCompileCache = `import { enableCompileCache } from 'node:module'
enableCompileCache(import.meta.dirname + '/../compile-cache')
await import('./main.mjs')
`

/** For PATH: works through a symbolic link, from any folder, on the Node that npm brought. */
const shell = `#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/../..
exec "$root/node_modules/.bin/node" "$root/dist/cli/cove.mjs" "$@"
`

/** Writes the small files through which the bundled programs are started. */
export async function buildLaunchers(): Promise<void> {
  const dist = join(checkout, 'dist')
  await replace(join(dist, 'engine', 'engine.mjs'), withCompileCache)
  await replace(join(dist, 'cli', 'cove.mjs'), withCompileCache)
  await replace(join(dist, 'bin', 'cove'), shell, 0o755)
}

async function replace(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const next = `${path}.${process.pid}.new`
  await writeFile(next, text)
  await chmod(next, mode)
  await rename(next, path)
}
