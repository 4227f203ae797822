import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

// No test may read or write the home of whoever runs it: COVE_HOME and DOCKER_CONFIG point into a folder of the
// worker's own unless the global set-up already chose one (test/vm shares one home between its files).
const inherited = process.env['COVE_TEST_HOME']
if (!inherited) {
  const dir = mkdtempSync(join(tmpdir(), 'cove-t-'))
  process.env['COVE_HOME'] = join(dir, 'h')
  process.env['DOCKER_CONFIG'] = join(dir, 'docker')
  delete process.env['DOCKER_HOST']
  delete process.env['DOCKER_CONTEXT']
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
}
