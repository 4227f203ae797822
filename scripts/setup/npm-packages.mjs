import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const wantedNode = 24

/** Installs the npm packages when none are there or package-lock.json changed since; else costs one small read. */
export async function ensureNpmPackages(root) {
  const stamp = join(root, 'node_modules', '.cove-setup')
  const lock = createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  if (isInstalled(root)) return writeFileSync(stamp, lock)
  const began = performance.now()
  console.error('Installing npm packages …')
  // No package needs its install script: the native parts in use ship as prebuilt files.
  await npm(root, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'])
  ownNode(root)
  writeFileSync(stamp, lock)
  console.error(`npm packages installed in ${((performance.now() - began) / 1000).toFixed(0)} s`)
}

/** Whether what npm says it installed is what the lock file asks for, so that a hand-run `npm install` is not undone. */
function isInstalled(root) {
  const hidden = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(hidden)) return false
  const packages = (file) => Object.entries(JSON.parse(readFileSync(file, 'utf8')).packages)
  const installed = new Map(packages(hidden))
  return packages(join(root, 'package-lock.json')).every(
    // Optional ones are for other systems where npm left them out.
    ([path, wanted]) => path === '' || wanted.optional === true || installed.get(path)?.version === wanted.version,
  )
}

/** The Node 24 that npm brought, or the running one where npm has none for this system. */
export function ownNode(root) {
  const brought = join(root, 'node_modules', '.bin', 'node')
  if (existsSync(brought)) return brought
  if (Number(process.versions.node.split('.')[0]) >= wantedNode) return process.execPath
  console.error(`Cove's scripts need Node ${wantedNode}; npm brought none for ${process.platform} ${process.arch} and this one is ${process.version}.`)
  process.exit(1)
}

/** Runs npm on the machine's own Node: `npm ci` removes the one in node_modules that may be running right now. */
async function npm(root, args) {
  const bin = join(root, 'node_modules', '.bin')
  const path = (process.env.PATH ?? '').split(delimiter).filter((dir) => dir !== bin).join(delimiter)
  const child = spawn('npm', args, { cwd: root, env: { ...process.env, PATH: path }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const code = await new Promise((resolve) => {
    child.once('error', (error) => resolve(String(error)))
    child.once('close', resolve)
  })
  if (code === 0) return
  console.error(`${output}\nnpm ${args[0]} failed (${code}).`)
  process.exit(1)
}
