import { join } from 'node:path'
import { defineConfig } from '@playwright/test'
import { electronEnvironment } from './fixtures/electron-program.ts'

// Read in this very process, by the electron package that Playwright asks for the program.
Object.assign(process.env, electronEnvironment())

/** The window suite: the real app on Electron, or on the stand-in where Electron's program is not there. */
export default defineConfig({
  testDir: join(import.meta.dirname, 'specs'),
  outputDir: join(import.meta.dirname, '..', '..', 'dist', 'test-app'),
  globalSetup: join(import.meta.dirname, 'fixtures', 'global-setup.ts'),
  // Each app is a Chromium of its own; two cores are shared with the vm suites.
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  // As in test/vitest.config.ts: named at the end of `npm test`.
  retries: 1,
  reporter: [['list']],
  use: { trace: 'off' },
})
