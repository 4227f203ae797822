import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

// No test may read or write the home of whoever runs it: each file gets a COVE_HOME and a DOCKER_CONFIG of its own.
const dir = mkdtempSync(join(tmpdir(), 'cove-t-'))
process.env['COVE_HOME'] = join(dir, 'h')
process.env['DOCKER_CONFIG'] = join(dir, 'docker')
delete process.env['DOCKER_HOST']
delete process.env['DOCKER_CONTEXT']
afterAll(() => rmSync(dir, { recursive: true, force: true }))
