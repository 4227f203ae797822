import { join } from 'node:path'
import { defineConfig } from '@playwright/test'
import { electronEnvironment } from './fixtures/electron-program.ts'

// Read in this very process, by the electron package that Playwright asks for the program.
Object.assign(process.env, electronEnvironment())

const timed = '**/engine-link.spec.ts'

/** The window suite: the real app on Electron, or on the stand-in where Electron's program is not there. */
export default defineConfig({
  testDir: join(import.meta.dirname, 'specs'),
  outputDir: join(import.meta.dirname, '..', '..', 'dist', 'test-app'),
  globalSetup: join(import.meta.dirname, 'fixtures', 'global-setup.ts'),
  // Each app is a Chromium and an engine of its own; most of a story is waiting for one of them.
  workers: 2,
  projects: [
    { name: 'stories', testIgnore: timed },
    // After the others, alone: what these measure would be the others.
    { name: 'timed', testMatch: timed, dependencies: ['stories'] },
  ],
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  // As in test/vitest.config.ts: named at the end of `npm test`.
  retries: 1,
  reporter: [['list']],
  use: { trace: 'off' },
})
