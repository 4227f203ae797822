import { afterEach, expect, test, vi } from 'vitest'
import { checkNames } from '#contract/doctor.ts'
import { examine, runChecks } from '#engine/trouble/checks.ts'
import type { EngineParts } from '#engine/parts.ts'
import { tempHome } from '../../base/temp-dir.ts'
import { testParts } from '../test-engine.ts'

afterEach(() => void vi.useRealTimers())

/** The parts of an engine on whose host nobody ever says whether QEMU is accelerated; `asked` resolves with the signal of who asks. */
async function slowParts() {
  const home = tempHome()
  const { parts, close } = await testParts(home.paths)
  const asked = Promise.withResolvers<AbortSignal>()
  const host: EngineParts['host'] = { ...parts.host, accelerator: (signal) => new Promise(() => asked.resolve(signal!)) }
  return {
    parts: { ...parts, host },
    asked: asked.promise,
    [Symbol.asyncDispose]: async () => {
      await close()
      await home[Symbol.asyncDispose]()
    },
  }
}

test('what is known is told while something slow is still looked at, which has a limit of its own', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  await using slow = await slowParts()
  const findings = examine(slow.parts)
  const names = new Set<string | undefined>()
  for (const _ of checkNames.slice(1)) names.add((await findings.next()).value?.name)
  expect(names).toEqual(new Set(checkNames.filter((name) => name !== 'acceleration')))
  const last = findings.next()
  await vi.advanceTimersByTimeAsync(30_000)
  expect((await last).value).toMatchObject({ name: 'acceleration', level: 'warning', message: 'waited 30 s for the check "acceleration"' })
  expect(await findings.next()).toMatchObject({ done: true })
})

test('whoever leaves ends what is still looked at', async () => {
  await using slow = await slowParts()
  const findings = examine(slow.parts)
  await findings.next()
  const signal = await slow.asked
  expect(signal.aborted).toBe(false)
  await findings.return()
  expect(signal.aborted).toBe(true)
})

test('all at once they come in their order, one that fails with what to do', async () => {
  await using slow = await slowParts()
  const host: EngineParts['host'] = { ...slow.parts.host, accelerator: async () => ({ kind: 'kvm', warning: undefined }), qemu: () => Promise.reject(new Error('no QEMU here')) }
  const found = await runChecks({ ...slow.parts, host })
  expect(found.map(({ name }) => name)).toEqual(checkNames)
  expect(found.slice(1, 3)).toEqual([
    { name: 'qemu', level: 'problem', message: 'no QEMU here', remark: { code: 'internal.bug', about: null, message: 'no QEMU here' }, fix: null },
    { name: 'acceleration', level: 'ok', message: 'the vm runs with kvm', remark: { code: 'acceleration.works', about: { kind: 'kvm' }, message: 'the vm runs with kvm' }, fix: null },
  ])
})
