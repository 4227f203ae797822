/** How many tests of one check passed, failed and were skipped. */
export interface Counts {
  passed: number
  failed: number
  skipped: number
  /** Names of those that passed only at their second try, which counts as failed: whoever reads it knows where to look. */
  unsteady?: readonly string[]
}

/** One check that was run. */
export interface Outcome extends Counts {
  name: string
  ms: number
}

/** The part of vitest's JSON report that counts. */
export interface VitestReport {
  success: boolean
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
}

/** Counts of a vitest run; what passed only at the second try has failed, and a run that failed outside any test (a file that does not load, nothing found) is one failure. */
export function countVitest(exitCode: number, report: VitestReport | undefined, unsteady: readonly string[] = []): Counts {
  if (!report) return { passed: 0, failed: 1, skipped: 0 }
  const failed = report.numFailedTests + unsteady.length
  const hasOther = failed === 0 && (exitCode !== 0 || !report.success || report.numPassedTests === 0)
  return { passed: report.numPassedTests - unsteady.length, failed: hasOther ? 1 : failed, skipped: report.numPendingTests + report.numTodoTests, unsteady }
}

/** The part of Playwright's JSON report that counts. */
export interface PlaywrightReport {
  stats: { expected: number; unexpected: number; flaky: number; skipped: number }
  errors: readonly unknown[]
  suites: readonly PlaywrightSuite[]
}

interface PlaywrightSuite {
  title: string
  specs?: readonly { title: string; tests: readonly { status: string }[] }[]
  suites?: readonly PlaywrightSuite[]
}

/** Counts of a Playwright run; what passed only at the second try has failed, and a run that broke outside any test is one failure. */
export function countPlaywright(exitCode: number, report: PlaywrightReport | undefined): Counts {
  if (!report) return { passed: 0, failed: 1, skipped: 0 }
  const { expected, unexpected, flaky, skipped } = report.stats
  const failed = unexpected + flaky
  const hasOther = failed === 0 && (exitCode !== 0 || report.errors.length > 0 || expected === 0)
  return { passed: expected, failed: hasOther ? 1 : failed, skipped, unsteady: report.suites.flatMap(flakySpecs) }
}

function flakySpecs({ title, specs = [], suites = [] }: PlaywrightSuite): string[] {
  const own = specs.filter(({ tests }) => tests.some(({ status }) => status === 'flaky'))
  return [...own.map((spec) => spec.title), ...suites.flatMap(flakySpecs)].map((name) => `${title} > ${name}`)
}

/** Counts of a check that either holds or not. */
export function countOne(exitCode: number): Counts {
  return { passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1, skipped: 0 }
}

/** One line for a finished check, and one for each of its unsteady tests. */
export function describeOutcome({ name, ms, passed, failed, skipped, unsteady = [] }: Outcome): string {
  const debts = unsteady.map((test) => `\n      passed only at the second try: ${test}`).join('')
  const tests = `${passed} passed${failed > 0 ? `, ${failed} failed` : ''}${skipped > 0 ? `, ${skipped} skipped` : ''}`
  return `${failed > 0 ? 'FAIL' : 'PASS'}  ${name.padEnd(12)} ${(ms / 1000).toFixed(1).padStart(7)} s   ${tests}${debts}`
}

/** The closing line that a CI reads: `N passed, N failed`, with `, N skipped` where there are any. */
export function closingLine(outcomes: readonly Counts[]): string {
  const sum = (key: 'passed' | 'failed' | 'skipped'): number => outcomes.reduce((total, each) => total + each[key], 0)
  const skipped = sum('skipped')
  return `${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
