import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from './build.ts'
import type { Bench, HostSection, Section } from './bench/bench.ts'
import { judge } from './bench/budgets.ts'
import type { Figure } from './bench/figure.ts'
import { describeHost, type HostFacts, readHostFacts } from './bench/host-facts.ts'
import { type BenchOptions, readOptions, type SectionName, usage } from './bench/options.ts'
import { describeRun, type BenchRun } from './bench/report.ts'
import { boot } from './bench/sections/boot.ts'
import { idle } from './bench/sections/idle.ts'
import { imageSizes } from './bench/sections/image-sizes.ts'
import { ports } from './bench/sections/ports.ts'
import { sleep } from './bench/sections/sleep.ts'
import { shares } from './bench/sections/shares.ts'
import { status } from './bench/sections/status.ts'
import { tunnel } from './bench/sections/tunnel.ts'
import { window } from './bench/sections/window.ts'
import { openBench } from './bench/open-bench.ts'
import { fetchDockerCli } from './fetch-docker-cli.ts'
import { buildGuest } from './guest/build.ts'

/** What no vm is needed for comes first, while none runs. */
const hostSections = { window } satisfies Partial<Record<SectionName, HostSection>>
const sections: Record<Exclude<SectionName, keyof typeof hostSections>, Section> = { sizes: imageSizes, boot, idle, tunnel, status, sleep, shares, ports }

const say = (line: string): void => console.error(`  ${line}`)

/** What was measured so far, and what could not be. */
interface Measured {
  figures: Figure[]
  problems: string[]
}

/** Measures one section; one that fails leaves its figures out and is named in the end. */
async function measure(all: Measured, name: SectionName, section: () => Promise<Figure[]>): Promise<void> {
  console.error(`── ${name}`)
  try {
    all.figures.push(...(await section()))
  } catch (error) {
    const problem = `${name}: ${error instanceof Error ? error.message : String(error)}`
    console.error(`  FAILED ${problem}`)
    all.problems.push(problem)
  }
}

async function measureAll(options: BenchOptions, folder: string): Promise<BenchRun> {
  const startedAt = new Date()
  const { only, runs, isQuick } = options
  const all: Measured = { figures: [], problems: [] }
  const isOnHost = (name: SectionName): name is keyof typeof hostSections => name in hostSections
  let host: HostFacts | undefined
  for (const name of only.filter(isOnHost)) {
    host ??= await readHostFacts()
    await measure(all, name, () => hostSections[name].measure({ runs, isQuick, say }))
  }
  const inGuest = only.filter((name) => !isOnHost(name))
  if (inGuest.length > 0) host = await measureGuests(all, inGuest, { folder, runs, isQuick })
  const wanted = judge(all.figures).filter(({ figures: names }) => names.some((name) => only.some((section) => name.startsWith(`${section}.`))))
  const command = ['npm', 'run', 'bench', '--', ...process.argv.slice(2)].join(' ')
  const seconds = (Date.now() - startedAt.getTime()) / 1000
  return { command, startedAt: startedAt.toISOString(), seconds, host: host ?? (await readHostFacts()), ...all, budgets: wanted }
}

async function measureGuests(all: Measured, names: readonly (keyof typeof sections)[], given: Pick<Bench, 'folder' | 'runs' | 'isQuick'>): Promise<HostFacts> {
  await buildGuest({ architecture: process.arch === 'arm64' ? 'arm64' : 'amd64', say })
  const docker = join(await fetchDockerCli(), 'docker')
  await using bench = await openBench({ ...given, docker, say })
  const host = await readHostFacts({ machine: bench.machine, docker })
  describeHost(host).forEach(say)
  const ended = interruption()
  for (const name of names) await Promise.race([measure(all, name, () => sections[name].measure(bench)), ended])
  return host
}

/** Rejects when somebody ends the benchmark: its engine and vm end with it. */
function interruption(): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => reject(new Interrupted(`ended by ${signal}`)))
  promise.catch(() => undefined)
  return promise
}

class Interrupted extends Error {}

/** `npm run bench`: measures, prints the tables, and writes every figure with its runs where `--json` says. The exit code. */
async function main(words: readonly string[]): Promise<number> {
  const options = readOptions(words)
  const json = options.json === undefined ? undefined : resolve(process.env['INIT_CWD'] ?? '', options.json)
  await build()
  const folder = await mkdtemp(join(tmpdir(), 'cb-run-'))
  try {
    const run = await measureAll(options, folder)
    console.log(describeRun(run).join('\n'))
    if (json !== undefined) await writeFile(json, `${JSON.stringify(run, null, 2)}\n`)
    const isWhole = run.problems.length === 0 && run.budgets.every(({ outcome }) => outcome !== 'not measured')
    return isWhole ? 0 : 1
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  // A section may be in the middle of its work.
  if (error instanceof Interrupted) process.exit(130)
  console.error(usage)
  process.exitCode = 2
}
