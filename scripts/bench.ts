import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from './build.ts'
import type { Bench, Section } from './bench/bench.ts'
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
import { openBench } from './bench/open-bench.ts'
import { fetchDockerCli } from './fetch-docker-cli.ts'
import { buildGuest } from './guest/build.ts'

const sections: Record<SectionName, Section> = { sizes: imageSizes, boot, idle, tunnel, status, sleep, shares, ports }

const say = (line: string): void => console.error(`  ${line}`)

/** Measures one section; one that fails leaves its figures out and is named in the end. */
async function measure(bench: Bench, name: SectionName): Promise<{ figures: Figure[]; problem?: string }> {
  console.error(`── ${name}`)
  try {
    return { figures: await sections[name].measure(bench) }
  } catch (error) {
    const problem = `${name}: ${error instanceof Error ? error.message : String(error)}`
    console.error(`  FAILED ${problem}`)
    return { figures: [], problem }
  }
}

async function measureAll(options: BenchOptions, folder: string): Promise<BenchRun> {
  const startedAt = new Date()
  const docker = join(await fetchDockerCli(), 'docker')
  await using bench = await openBench({ folder, docker, say, runs: options.runs, isQuick: options.isQuick })
  const host: HostFacts = await readHostFacts(bench.machine, docker)
  describeHost(host).forEach(say)
  const figures: Figure[] = []
  const problems: string[] = []
  for (const name of options.only) {
    const measured = await measure(bench, name)
    figures.push(...measured.figures)
    if (measured.problem !== undefined) problems.push(measured.problem)
  }
  const wanted = judge(figures).filter(({ figures: names }) => names.some((name) => options.only.some((section) => name.startsWith(`${section}.`))))
  const command = ['npm', 'run', 'bench', '--', ...process.argv.slice(2)].join(' ')
  return { command, startedAt: startedAt.toISOString(), seconds: (Date.now() - startedAt.getTime()) / 1000, host, figures, budgets: wanted, problems }
}

/** `npm run bench`: measures, prints the tables, and writes every figure with its runs where `--json` says. The exit code. */
async function main(words: readonly string[]): Promise<number> {
  const options = readOptions(words)
  const json = options.json === undefined ? undefined : resolve(process.env['INIT_CWD'] ?? '', options.json)
  await buildGuest({ architecture: process.arch === 'arm64' ? 'arm64' : 'amd64', say })
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
  console.error(usage)
  process.exitCode = 2
}
