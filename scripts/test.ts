import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import { checkout } from './checkout.ts'
import { dockerCliFolder } from './docker-cli/folder.ts'
import { prepareVmTests, type Prepared } from './test/preparation.ts'
import { closingLine, countOne, countPlaywright, countVitest, describeOutcome, type Counts, type Outcome, type PlaywrightReport, type VitestReport } from './test/report.ts'
import { unsteadyFileVariable } from './test/unsteady-reporter.ts'
import { beside, filterArguments, selectChecks, type CheckName } from './test/selection.ts'

const bin = join(checkout, 'node_modules', '.bin')
const commands: Partial<Record<CheckName, readonly [string, ...string[]]>> = {
  // A checker of its own for each program learns the same libraries anew: twice the work of one.
  types: ['tsc', '-b', '--checkers', '1', '--builders', '2'],
  lint: ['oxlint', '-c', 'scripts/lint/oxlint.config.ts', '--type-aware', '--deny-warnings', 'electron', 'renderer', 'scripts', 'test'],
  structure: ['node', 'scripts/lint/structure.ts'],
}

/** How a check is run. */
interface Way {
  filters: readonly string[]
  /** Where its output goes: to the terminal, or to a file. */
  output: 'inherit' | { file: string; append: true }
}

/** Runs a program with our node_modules/.bin and docker first in PATH. */
async function run([program, ...args]: readonly [string, ...string[]], output: Way['output'], env: Record<string, string> = {}): Promise<number> {
  const path = [bin, dockerCliFolder(), process.env['PATH']].join(delimiter)
  const { exitCode } = await execa(program, args, { cwd: checkout, env: { PATH: path, ...env }, stdin: 'ignore', stdout: output, stderr: output, reject: false })
  return exitCode ?? 1
}

/** Those that boot a vm. */
const vmChecks: readonly CheckName[] = ['app-vm', 'vm', 'faults']

/** Where a vitest project's files are, when not in `test/<its name>`. */
const folders: Partial<Record<CheckName, string>> = { faults: 'vm/faults' }

/** For the programs of checks without a vm, whose tests' folders go with it; a vm is offered the user's own temp folder. */
function temporaryFolderOf(check: CheckName, folder: string): Record<string, string> {
  if (vmChecks.includes(check)) return {}
  const path = join(folder, 't')
  mkdirSync(path)
  return { TMPDIR: path, TEMP: path, TMP: path }
}

/** Runs one vitest project; its counts come from the JSON report beside the readable one. */
async function runVitest(project: CheckName, { filters, output }: Way): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'cove-test-'))
  const file = join(folder, 'report.json')
  const unsteadyFile = join(folder, 'unsteady.json')
  const chosen = filterArguments(filters, globSync(`test/${folders[project] ?? project}/**/*.test.ts`, { cwd: checkout }))
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`, `--reporter=${join(checkout, 'scripts', 'test', 'unsteady-reporter.ts')}`]
  const code = await run(['vitest', 'run', '--config', 'test/vitest.config.ts', '--project', project, ...reporters, ...chosen], output, { ...temporaryFolderOf(project, folder), [unsteadyFileVariable]: unsteadyFile })
  const report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as VitestReport) : undefined
  const unsteady = existsSync(unsteadyFile) ? (JSON.parse(readFileSync(unsteadyFile, 'utf8')) as string[]) : []
  rmSync(folder, { recursive: true, maxRetries: 3 })
  return countVitest(code, report, unsteady)
}

/** The checks that Playwright runs, by the folder of their configuration. */
const windowChecks: Partial<Record<CheckName, string>> = { app: 'test/app', 'app-vm': 'test/app/vm' }

/** Runs a suite of the window: filters are parts of file names or titles, as Playwright takes them. */
async function runWindow(check: CheckName, suite: string, { filters, output }: Way): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'cove-test-'))
  const file = join(folder, 'report.json')
  const files = globSync(`${suite}/*/*.spec.ts`, { cwd: checkout })
  const named = filters.filter((filter) => files.some((each) => each.includes(filter)))
  const titles = filters.filter((filter) => !named.includes(filter))
  const chosen = [...named, ...(titles.length > 0 ? ['--grep', titles.join('|')] : [])]
  const code = await run(['playwright', 'test', '--config', `${suite}/playwright.config.ts`, '--reporter=list,json', ...chosen], output, { ...temporaryFolderOf(check, folder), PLAYWRIGHT_JSON_OUTPUT_NAME: file })
  const report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as PlaywrightReport) : undefined
  rmSync(folder, { recursive: true, maxRetries: 3 })
  return countPlaywright(code, report)
}

/** Runs one check, whatever runs it. */
async function perform(check: CheckName, way: Way): Promise<Counts> {
  const [command, suite] = [commands[check], windowChecks[check]]
  if (command) return countOne(await run(command, way.output))
  return suite === undefined ? await runVitest(check, way) : await runWindow(check, suite, way)
}

/** What a check did beside another, and how long it took. */
interface Done extends Counts {
  ms?: number
}

/** Runs one check and keeps its output; what comes back shows it. */
async function performUnseen(check: CheckName, filters: readonly string[]): Promise<() => Promise<Done>> {
  const folder = mkdtempSync(join(tmpdir(), 'cove-test-'))
  const file = join(folder, 'output')
  const began = performance.now()
  const counts = await perform(check, { filters, output: { file, append: true } })
  const ms = performance.now() - began
  return async () => {
    process.stdout.write(readFileSync(file))
    rmSync(folder, { recursive: true, maxRetries: 3 })
    return { ...counts, ms }
  }
}

/** Runs one check under a heading and says how it went. */
async function runCheck(name: string, work: () => Promise<Done>): Promise<Outcome> {
  console.log(`\n── ${name} ${'─'.repeat(Math.max(0, 70 - name.length))}`)
  const began = performance.now()
  const counts = await work()
  const outcome = { name, ms: performance.now() - began, ...counts }
  console.log(describeOutcome(outcome))
  return outcome
}

async function showPrepared(preparing: Promise<Prepared>): Promise<Done> {
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
  const unseen = new Map<CheckName, ReturnType<typeof performUnseen>>()
  for (const check of checks) {
    if (check === firstVm && preparing) {
      const prepared = await runCheck('guest image', () => showPrepared(preparing))
      outcomes.push(prepared)
      if (prepared.failed > 0) break
    }
    const other = beside[check]
    if (other && checks.includes(other)) unseen.set(other, performUnseen(other, filters))
    const under = unseen.get(check)
    outcomes.push(await runCheck(check, under ? async () => (await under)() : () => perform(check, { filters, output: 'inherit' })))
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
