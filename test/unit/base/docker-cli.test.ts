import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hasDocker } from '#base/docker-cli.ts'

test('a docker on PATH is one that may be run', () => {
  const base = mkdtempSync(join(tmpdir(), 'cove-path-'))
  for (const name of ['with', 'without', 'locked']) mkdirSync(join(base, name))
  writeFileSync(join(base, 'with', 'docker'), '', { mode: 0o755 })
  writeFileSync(join(base, 'locked', 'docker'), '', { mode: 0o644 })
  expect(hasDocker(`${base}/without:${base}/with`)).toBe(true)
  expect(hasDocker(`${base}/without:${base}/locked:${base}/gone:`)).toBe(false)
})
