import { join } from 'node:path'
import { execa } from 'execa'
import type { Status } from '#contract/state.ts'
import { covePaths } from '#base/paths.ts'
import { build } from './build.ts'
import { checkout } from './checkout.ts'
import { buildGuest } from './guest/build.ts'
import { runFirstContainer } from './start/first-container.ts'
import { openApp } from './start/open-app.ts'

const cove = join(checkout, 'dist', 'cli', 'cove.mjs')

/** The engine's state before anything is started; `off` when it cannot be told. */
async function readState(): Promise<Status['state']> {
  const { stdout, exitCode } = await execa(process.execPath, [cove, 'status', '--json'], { reject: false })
  return exitCode === 0 ? (JSON.parse(stdout) as Status).state : 'off'
}

async function greet(): Promise<void> {
  const { dockerSocket } = covePaths()
  const { exitCode, output, ms } = await runFirstContainer(dockerSocket)
  console.log(`\nA first container, from an image that lies in the guest (${(ms / 1000).toFixed(1)} s):\n`)
  console.log(output.trimEnd().replaceAll(/^/gm, '    '))
  if (exitCode !== 0) throw new Error(`the first container ended with exit code ${exitCode}`)
}

function suggest(): void {
  const { dockerSocket } = covePaths()
  console.log(`
Docker listens on unix://${dockerSocket}

  eval "$(npm run -s cove -- env)"     this shell's docker talks to Cove
  npm run cove -- context use          every docker command does (undo: context rm)
  docker run --rm cove/welcome         a container, offline
  npm run cove -- status               what runs · stop · shell · logs · --help

With \`export PATH="${join(checkout, 'dist', 'bin')}:$PATH"\` it is just \`cove status\`.`)
}

/** `npm start`: image, sources, vm, a first container, and where to go from there. */
async function main(): Promise<number> {
  const began = performance.now()
  await buildGuest({ architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' })
  const { built, ms } = await build()
  if (built.length > 0) console.log(`built ${built.join(' and ')} in ${(ms / 1000).toFixed(1)} s`)
  const before = await readState()
  const { exitCode } = await execa(process.execPath, [cove, 'start', '--wait'], { stdio: 'inherit', reject: false })
  if (exitCode !== 0) return exitCode ?? 1
  if (before !== 'running') await greet()
  suggest()
  console.log(await openApp())
  console.log(`Ready in ${((performance.now() - began) / 1000).toFixed(1)} s.`)
  return 0
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  },
)
