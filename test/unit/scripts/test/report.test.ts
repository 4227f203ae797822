import { describe, expect, test } from 'vitest'
import { closingLine, countOne, countPlaywright, countVitest, describeOutcome, type VitestReport } from '#scripts/test/report.ts'

function reportOf(report: Partial<VitestReport>): VitestReport {
  return { success: true, numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, ...report }
}

describe('the closing line', () => {
  test('adds up all checks', () => {
    const outcomes = [countOne(0), countVitest(0, reportOf({ numPassedTests: 12 })), countVitest(1, reportOf({ success: false, numPassedTests: 3, numFailedTests: 2 }))]
    expect(closingLine(outcomes)).toBe('16 passed, 2 failed')
  })

  test('names skipped tests only where there are any', () => {
    expect(closingLine([countVitest(0, reportOf({ numPassedTests: 1, numPendingTests: 2, numTodoTests: 1 }))])).toBe('1 passed, 0 failed, 3 skipped')
  })
})

describe('a vitest run', () => {
  test('that wrote no report has failed', () => {
    expect(countVitest(0, undefined)).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })

  test('that ran no test has failed', () => {
    expect(countVitest(0, reportOf({}))).toMatchObject({ failed: 1 })
  })

  test('whose tests pass while a file does not load has failed', () => {
    expect(countVitest(1, reportOf({ success: false, numPassedTests: 5 }))).toMatchObject({ passed: 5, failed: 1, skipped: 0 })
  })
})

describe('a test that passed only at its second try', () => {
  test('counts as failed, and is named', () => {
    const counts = countVitest(0, reportOf({ numPassedTests: 2 }), ['a.test.ts > works'])
    expect(counts).toMatchObject({ passed: 1, failed: 1 })
    expect(describeOutcome({ name: 'unit', ms: 1000, ...counts })).toContain('\n      passed only at the second try: a.test.ts > works')
  })

  test('of the window suite likewise, however deep it lies', () => {
    const spec = (title: string, status: string) => ({ title, tests: [{ status }] })
    const suites = [{ title: 'a.spec.ts', specs: [spec('steady', 'expected')], suites: [{ title: 'Lists', specs: [spec('opens', 'flaky')] }] }]
    expect(countPlaywright(0, { stats: { expected: 1, unexpected: 0, flaky: 1, skipped: 0 }, errors: [], suites })).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
      unsteady: ['a.spec.ts > Lists > opens'],
    })
  })
})

test('a finished check is one line with its name, time and counts', () => {
  expect(describeOutcome({ name: 'unit', ms: 1234, passed: 5, failed: 1, skipped: 0 })).toBe('FAIL  unit             1.2 s   5 passed, 1 failed')
})
