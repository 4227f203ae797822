import { expect, test } from 'vitest'
import { chromiumKind, descendantsOf, readProcesses } from '#scripts/bench/window/process-tree.ts'

test('children and theirs are found, others are not', () => {
  const all = [[2, 1], [3, 2], [4, 3], [5, 1]].map(([pid = 0, parent = 0]) => ({ pid, parent, words: [] }))
  expect(descendantsOf(2, all).map(({ pid }) => pid)).toEqual([3, 4])
  expect(descendantsOf(5, all)).toEqual([])
})

test('Chromium’s processes say what they are for', () => {
  expect(chromiumKind({ pid: 1, parent: 0, words: ['chromium', '--type=renderer', '--lang=en'] })).toBe('renderer')
  expect(chromiumKind({ pid: 1, parent: 0, words: ['chromium'] })).toBeUndefined()
})

test('this process is among those that are read, below its parent', async () => {
  const self = (await readProcesses()).find(({ pid }) => pid === process.pid)
  expect(self?.parent).toBe(process.ppid)
})
