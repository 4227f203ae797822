import { expect, test } from 'vitest'
import type { Remark } from '#contract/remark.ts'
import { VirtiofsShares } from '#engine/virtiofs-shares.ts'
import type { Vm } from '#engine/vm/driver.ts'
import { FakeVm } from './life/fake-vm.ts'

const folders = [{ tag: 'cove0', folder: '/home/me' }]

function warningsOf(virtiofs: Partial<Vm['virtiofs']>): readonly Remark[] {
  const vm = new FakeVm(1)
  vm.virtiofs = { ...vm.virtiofs, ...virtiofs }
  let said: readonly Remark[] = []
  new VirtiofsShares({ warn: (warnings) => (said = warnings), lost: () => undefined }).follow(vm)
  return said
}

test('a server that may open few files is warned of, with the number and both ways out', () => {
  expect(warningsOf({ folders, openFiles: 20_000 })).toEqual([{ code: 'shares.few-files', about: { files: '20000' }, message: expect.stringMatching(/20000 \(ulimit -Hn\).*raise that limit.*cove config set share\.driver cove/) }])
})

test.each([{ openFiles: 1_048_576 }, { openFiles: Infinity }, { openFiles: null }])('one that may open %j is not', (virtiofs) => {
  expect(warningsOf({ folders, ...virtiofs })).toEqual([])
})

test('nor is one whose folders come otherwise', () => {
  expect(warningsOf({ openFiles: 1024 })).toEqual([])
})
