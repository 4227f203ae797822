import { expect, test } from 'vitest'
import { memoryUri } from '#engine/vm/restore.ts'

test.each([
  ['7.2.22', 'fd:9'],
  ['8.1.5', 'fd:9'],
  ['8.2.0', 'file:../saved/memory'],
  ['11.0.1', 'file:../saved/memory'],
])('QEMU %s reads saved memory from %s', (version, uri) => {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  expect(memoryUri({ major, minor, patch }, { savedMemory: '/h,offset=1/saved/memory', runDir: '/h,offset=1/run' }, 9)).toBe(uri)
})
