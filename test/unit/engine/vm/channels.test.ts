import { expect, test } from 'vitest'
import type { Vm } from '#engine/vm/driver.ts'
import { tinyVm } from './tiny-guest.ts'

const at = new AbortController().signal

test('a port of the guest opens again and again, also after a former engine had it', async () => {
  await using tiny = tinyVm()
  const openAndClose = async (vm: Vm | undefined): Promise<void> => {
    const port = await vm?.openPort('names', at)
    expect(port?.writable).toBe(true)
    port?.destroy()
  }
  const first = await tiny.start()
  await openAndClose(first)
  await openAndClose(first)
  await first[Symbol.asyncDispose]()
  const second = await tiny.attach()
  await openAndClose(second)
  await second?.stop({ graceMs: 100 })
  await expect(second?.openPort('names', at)).rejects.toMatchObject({ code: 'vm.not-running' })
})
