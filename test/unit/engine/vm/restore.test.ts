import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { currentHost, hardwareAccelerator } from '#engine/vm/host.ts'
import { memoryUri } from '#engine/vm/restore.ts'
import { fileToHold, greeting, tinyVm } from './tiny-guest.ts'

test.each([
  ['7.2.22', 'fd:9'],
  ['8.1.5', 'fd:9'],
  ['8.2.0', 'file:../saved/memory'],
  ['11.0.1', 'file:../saved/memory'],
])('QEMU %s reads saved memory from %s', (version, uri) => {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  expect(memoryUri({ major, minor, patch }, { savedMemory: '/h,offset=1/saved/memory', runDir: '/h,offset=1/run' }, 9)).toBe(uri)
})

// The tiny guest is x86 code.
test.skipIf(process.arch !== 'x64')('What was saved in software emulation runs on in it although hardware works now, and says so', { timeout: 30_000 }, async () => {
  await using tiny = tinyVm()
  const vm = await tiny.start()
  await fileToHold(tiny.paths.logs.guest, greeting)
  await vm.save({ note: { containers: 1, ports: [] }, signal: new AbortController().signal })
  const cache = join(tiny.paths.cacheDir, 'accelerator.json')
  await writeFile(cache, JSON.stringify({ ...(JSON.parse(await readFile(cache, 'utf8')) as object), worked: { [hardwareAccelerator(currentHost())]: 'host' } }))
  const result = await tiny.driver.restore({ ...tiny.spec, accelerator: 'auto' }, new AbortController().signal)
  if (!('vm' in result)) throw new Error(result.unfit)
  expect(result.vm).toMatchObject({ accelerator: 'tcg', warnings: [{ code: 'acceleration.missing', message: expect.stringContaining('cove restart') }] })
  await result.vm.stop({ graceMs: 50 })
  expect((await readFile(tiny.paths.logs.guest, 'utf8')).split(greeting)).toHaveLength(2)
})
