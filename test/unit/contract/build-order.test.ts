import { expect, test } from 'vitest'
import { inBuildOrder } from '#contract/build-order.ts'
import type { BuildStep } from '#contract/build-step.ts'

const step = (name: string, startedAt: string | null): BuildStep => ({ id: name, name, state: startedAt === null ? 'waiting' : 'done', isCached: false, startedAt, ms: null, error: null, log: '' })
const at = (second: number): string => `2026-11-22T09:00:0${second}.000Z`

test('steps stand in the order in which they began, those that wait in that of the Dockerfile', () => {
  const told = [step('[internal] load build definition', at(0)), step('[build 4/4] RUN make', null), step('[build 3/4] COPY . .', null), step('[2/2] RUN echo', at(3)), step('[1/2] FROM a', at(1)), step('exporting', at(5))]
  expect(inBuildOrder(told).map(({ name }) => name)).toEqual(['[internal] load build definition', '[1/2] FROM a', '[2/2] RUN echo', 'exporting', '[build 3/4] COPY . .', '[build 4/4] RUN make'])
})

test('of steps that came from the cache in the same millisecond the earlier line is first', () => {
  expect(inBuildOrder([step('[3/3] RUN b', at(1)), step('[2/3] RUN a', at(1)), step('[1/3] FROM x', at(1))]).map(({ name }) => name)).toEqual(['[1/3] FROM x', '[2/3] RUN a', '[3/3] RUN b'])
})
