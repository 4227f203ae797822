import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { SpecOrder } from './vm/fixtures/order.ts'

const root = join(import.meta.dirname, '..')
const privateHome = join(root, 'test', 'setup', 'private-home.ts')
const minutes = 60_000

/** The global set-up files that exist: test/vm brings its own beside its specs. */
function globalSetup(...files: string[]): string[] {
  return files.map((file) => join(root, 'test', file)).filter((file) => existsSync(file))
}

/** Specs that share a vm: one file at a time, since every time limit would measure the other one. */
function vmProject(name: string, include: string): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name,
      include: [include],
      globalSetup: globalSetup('setup/build.ts', 'vm/global-setup.ts'),
      setupFiles: [join(root, 'test', 'vm', 'fixtures', 'failure-report.ts')],
      fileParallelism: false,
      maxWorkers: 1,
      testTimeout: 5 * minutes,
      hookTimeout: 10 * minutes,
    },
  }
}

export default defineConfig({
  root,
  // Kept out of node_modules: npm ci removes that while another run may still read it.
  cacheDir: join(root, 'dist', '.vitest'),
  test: {
    passWithNoTests: false,
    restoreMocks: true,
    // Vitest leaves one processor free, of two: here there is nobody to leave it to.
    maxWorkers: '100%',
    // As many tests of a file as there are processors, where a file says that they may.
    maxConcurrency: 2,
    // A test that needs its second try has failed; that it passed then, and its name, stand at the end of `npm test`.
    retry: 1,
    sequence: { sequencer: SpecOrder },
    teardownTimeout: 2 * minutes,
    projects: [
      // One more than processors: a quarter of their time they wait.
      { extends: true, test: { name: 'unit', maxWorkers: availableParallelism() + 1, include: ['test/unit/**/*.test.ts'], setupFiles: [privateHome], testTimeout: 10_000 } },
      { extends: true, test: { name: 'contract', include: ['test/contract/**/*.test.ts'], setupFiles: [privateHome], testTimeout: 20_000 } },
      {
        extends: true,
        test: {
          name: 'cli',
          include: ['test/cli/**/*.test.ts'],
          setupFiles: [privateHome],
          globalSetup: globalSetup('setup/build.ts'),
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      vmProject('vm', 'test/vm/*.test.ts'),
      vmProject('faults', 'test/vm/faults/*.test.ts'),
    ],
  },
})
