import { writeFileSync } from 'node:fs'
import type { Reporter, TestCase } from 'vitest/node'

/** Where the reporter writes, as a JSON list of strings. */
export const unsteadyFileVariable = 'COVE_TEST_UNSTEADY_FILE'

/** A vitest reporter that keeps the tests which passed only when they were tried again. */
export default class UnsteadyReporter implements Reporter {
  readonly #tests: string[] = []

  onTestCaseResult(test: TestCase): void {
    if (test.diagnostic()?.flaky) this.#tests.push(`${test.module.relativeModuleId} > ${test.fullName}`)
  }

  onTestRunEnd(): void {
    const file = process.env[unsteadyFileVariable]
    if (file) writeFileSync(file, JSON.stringify(this.#tests))
  }
}
