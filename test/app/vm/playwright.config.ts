import { join } from 'node:path'
import { defineConfig } from '@playwright/test'
import { electronEnvironment } from '../fixtures/electron-program.ts'

// Read in this very process, by the electron package that Playwright asks for the program.
Object.assign(process.env, electronEnvironment())

const minutes = 60_000

/** The window on a real vm: one boot, then everything that a person does there, through the window alone. */
export default defineConfig({
  testDir: join(import.meta.dirname, 'stories'),
  outputDir: join(import.meta.dirname, '..', '..', '..', 'dist', 'test-app-vm'),
  globalSetup: join(import.meta.dirname, '..', 'fixtures', 'global-setup.ts'),
  // One after the other, in the order of their files: they share the app, its window and its vm.
  workers: 1,
  timeout: 5 * minutes,
  expect: { timeout: minutes },
  forbidOnly: true,
  // As in test/vitest.config.ts: named at the end of `npm test`. It is tried with an app and a vm of its own.
  retries: 1,
  reporter: [['list']],
  use: { trace: 'off' },
})
