// The door of every npm script: `node scripts/setup.mjs <start|dev|test|bench|cove> [args…]`.
// It installs what is missing and then runs scripts/<name>.ts on the Node 24 of node_modules. Plain JavaScript
// without dependencies, because on a fresh machine Node 20 reads it before anything is installed.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ensureNpmPackages, ownNode } from './setup/npm-packages.mjs'
import { isFresh } from './setup/freshness.mjs'
import { ensureSystemPackages } from './setup/system-packages.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const names = ['start', 'dev', 'test', 'bench', 'cove']
const [name = '', ...args] = process.argv.slice(2)

if (!names.includes(name)) {
  console.error(`usage: node scripts/setup.mjs <${names.join('|')}> [args…]`)
  process.exit(2)
}
await ensureNpmPackages(root)
if (name === 'cove') await runCove()
else {
  await ensureSystemPackages(name === 'start' ? ['run', 'build'] : ['run', 'build', 'test'])
  await run(scriptFile())
}

function scriptFile() {
  const file = join(root, 'scripts', `${name}.ts`)
  return existsSync(file) ? file : join(root, 'scripts', name, 'main.ts')
}

/** Runs the built cli in this very process when it can: `npm run cove -- status` should cost what `cove status` costs. */
async function runCove() {
  const dist = join(root, 'dist', 'cli')
  const entry = join(dist, 'cove.mjs')
  if (!isFresh(root, join(dist, 'inputs.json'))) await run(join(root, 'scripts', 'build.ts'), ['--quiet'])
  if (process.exitCode) return
  if (!runsOnOwnNode()) return run(entry)
  process.argv = [process.execPath, entry, ...args]
  await import(pathToFileURL(entry).href)
}

function runsOnOwnNode() {
  return Number(process.versions.node.split('.')[0]) >= 24
}

/** Runs one file on Node 24 with this process's streams, and takes over how it ended. */
async function run(file, scriptArgs = args) {
  const child = spawn(ownNode(root), [file, ...scriptArgs], { stdio: 'inherit', env: withOwnBin() })
  // A terminal sends Ctrl-C to the whole group, child included; passing it on would count as a second one.
  const pass = (signal) => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal))
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, pass)
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (...ended) => resolve(ended))
  })
  for (const each of signals) process.off(each, pass)
  if (signal) process.kill(process.pid, signal)
  process.exitCode = code ?? 1
}

/** The environment with node_modules/.bin first, so that `node` means Node 24 for whatever a script starts. */
function withOwnBin() {
  const bin = join(root, 'node_modules', '.bin')
  const path = process.env.PATH ?? ''
  return path.split(':').includes(bin) ? process.env : { ...process.env, PATH: `${bin}:${path}` }
}
