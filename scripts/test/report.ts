/** How many tests of one check passed, failed and were skipped. */
export interface Counts {
  passed: number
  failed: number
  skipped: number
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

/** Counts of a vitest run; a run that failed outside any test (a file that does not load, nothing found) is one failure. */
export function countVitest(exitCode: number, report: VitestReport | undefined): Counts {
  if (!report) return { passed: 0, failed: 1, skipped: 0 }
  const failed = report.numFailedTests
  const hasOther = failed === 0 && (exitCode !== 0 || !report.success || report.numPassedTests === 0)
  return { passed: report.numPassedTests, failed: hasOther ? 1 : failed, skipped: report.numPendingTests + report.numTodoTests }
}

/** The part of Playwright's JSON report that counts. */
export interface PlaywrightReport {
  stats: { expected: number; unexpected: number; flaky: number; skipped: number }
  errors: readonly unknown[]
}

/** Counts of a Playwright run; what passed only at the second try has failed, and a run that broke outside any test is one failure. */
export function countPlaywright(exitCode: number, report: PlaywrightReport | undefined): Counts {
  if (!report) return { passed: 0, failed: 1, skipped: 0 }
  const { expected, unexpected, flaky, skipped } = report.stats
  const failed = unexpected + flaky
  const hasOther = failed === 0 && (exitCode !== 0 || report.errors.length > 0 || expected === 0)
  return { passed: expected, failed: hasOther ? 1 : failed, skipped }
}

/** Counts of a check that either holds or not. */
export function countOne(exitCode: number): Counts {
  return { passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1, skipped: 0 }
}

/** One line for a finished check. */
export function describeOutcome({ name, ms, passed, failed, skipped }: Outcome): string {
  const tests = `${passed} passed${failed > 0 ? `, ${failed} failed` : ''}${skipped > 0 ? `, ${skipped} skipped` : ''}`
  return `${failed > 0 ? 'FAIL' : 'PASS'}  ${name.padEnd(12)} ${(ms / 1000).toFixed(1).padStart(7)} s   ${tests}`
}

/** The closing line that a CI reads: `N passed, N failed`, with `, N skipped` where there are any. */
export function closingLine(outcomes: readonly Counts[]): string {
  const sum = (key: keyof Counts): number => outcomes.reduce((total, each) => total + each[key], 0)
  const skipped = sum('skipped')
  return `${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
