import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import { checkout } from './checkout.ts'
import { dockerCliFolder } from './docker-cli/folder.ts'
import { prepareVmTests, type Prepared } from './test/preparation.ts'
import { closingLine, countOne, countPlaywright, countVitest, describeOutcome, type Counts, type Outcome, type PlaywrightReport, type VitestReport } from './test/report.ts'
import { unsteadyFileVariable } from './test/unsteady-reporter.ts'
import { filterArguments, selectChecks, type CheckName } from './test/selection.ts'

const bin = join(checkout, 'node_modules', '.bin')
const commands: Partial<Record<CheckName, readonly [string, ...string[]]>> = {
  types: ['tsc', '-b'],
  lint: ['oxlint', '-c', 'scripts/lint/oxlint.config.ts', '--type-aware', '--deny-warnings', 'electron', 'renderer', 'scripts', 'test'],
  structure: ['node', 'scripts/lint/structure.ts'],
}

/** Runs a program on the terminal with our node_modules/.bin and docker first in PATH. */
async function run([program, ...args]: readonly [string, ...string[]], env: Record<string, string> = {}): Promise<number> {
  const path = [bin, dockerCliFolder(), process.env['PATH']].join(delimiter)
  const { exitCode } = await execa(program, args, { cwd: checkout, env: { PATH: path, ...env }, stdin: 'ignore', stdout: 'inherit', stderr: 'inherit', reject: false })
  return exitCode ?? 1
}

/** Runs one vitest project; its counts come from the JSON report beside the readable one. */
async function runVitest(project: CheckName, filters: readonly string[]): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'cove-test-'))
  const file = join(folder, 'report.json')
  const unsteadyFile = join(folder, 'unsteady.json')
  const chosen = filterArguments(filters, globSync(`test/${project}/**/*.test.ts`, { cwd: checkout }))
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`, `--reporter=${join(checkout, 'scripts', 'test', 'unsteady-reporter.ts')}`]
  const code = await run(['vitest', 'run', '--config', 'test/vitest.config.ts', '--project', project, ...reporters, ...chosen], { [unsteadyFileVariable]: unsteadyFile })
  const report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as VitestReport) : undefined
  const unsteady = existsSync(unsteadyFile) ? (JSON.parse(readFileSync(unsteadyFile, 'utf8')) as string[]) : []
  rmSync(folder, { recursive: true })
  return countVitest(code, report, unsteady)
}

/** The checks that Playwright runs, by the folder of their configuration. */
const windowChecks: Partial<Record<CheckName, string>> = { app: 'test/app', 'app-vm': 'test/app/vm' }
/** Those that boot a vm. */
const vmChecks: readonly CheckName[] = ['app-vm', 'vm']

/** Runs a suite of the window: filters are parts of file names or titles, as Playwright takes them. */
async function runWindow(suite: string, filters: readonly string[]): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'cove-test-'))
  const file = join(folder, 'report.json')
  const files = globSync(`${suite}/*/*.spec.ts`, { cwd: checkout })
  const named = filters.filter((filter) => files.some((each) => each.includes(filter)))
  const titles = filters.filter((filter) => !named.includes(filter))
  const chosen = [...named, ...(titles.length > 0 ? ['--grep', titles.join('|')] : [])]
  const code = await run(['playwright', 'test', '--config', `${suite}/playwright.config.ts`, '--reporter=list,json', ...chosen], { PLAYWRIGHT_JSON_OUTPUT_NAME: file })
  const report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as PlaywrightReport) : undefined
  rmSync(folder, { recursive: true })
  return countPlaywright(code, report)
}

/** Runs one check, whatever runs it. */
async function perform(check: CheckName, filters: readonly string[]): Promise<Counts> {
  const [command, suite] = [commands[check], windowChecks[check]]
  if (command) return countOne(await run(command))
  return suite === undefined ? await runVitest(check, filters) : await runWindow(suite, filters)
}

/** Runs one check under a heading and says how it went. */
async function runCheck(name: string, work: () => Promise<Counts>): Promise<Outcome> {
  console.log(`\n── ${name} ${'─'.repeat(Math.max(0, 70 - name.length))}`)
  const began = performance.now()
  const outcome = { name, ...(await work()), ms: performance.now() - began }
  console.log(describeOutcome(outcome))
  return outcome
}

async function showPrepared(preparing: Promise<Prepared>): Promise<Counts> {
  const { code, output, ms } = await preparing
  console.log(`${output.trim()}\n(${(ms / 1000).toFixed(0)} s, beside the checks above)`)
  return countOne(code)
}

/** Runs what the words ask for; the exit code. */
async function main(words: readonly string[]): Promise<number> {
  const { checks, filters } = selectChecks(words)
  const began = performance.now()
  // The image takes the longest on a fresh machine and little of the processor: it is made while the light checks run.
  const firstVm = checks.find((check) => vmChecks.includes(check))
  const preparing = firstVm && prepareVmTests()
  const outcomes: Outcome[] = []
  for (const check of checks) {
    if (check === firstVm && preparing) {
      const prepared = await runCheck('guest image', () => showPrepared(preparing))
      outcomes.push(prepared)
      if (prepared.failed > 0) break
    }
    outcomes.push(await runCheck(check, () => perform(check, filters)))
  }
  console.log(`\n── ${((performance.now() - began) / 1000).toFixed(0)} s in all ${'─'.repeat(58)}`)
  for (const outcome of outcomes) console.log(describeOutcome(outcome))
  console.log(`\n${closingLine(outcomes)}`)
  return outcomes.some(({ failed }) => failed > 0) ? 1 : 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
