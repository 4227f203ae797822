import { expect, test } from 'vitest'
import { BuildProgress, buildFailure, cachedShare, readDockerfile } from '#engine/compose/build-progress.ts'

const line = (value: object): Buffer => Buffer.from(`${JSON.stringify(value)}\n`)
const started = '2026-11-22T10:00:00.0Z'

test('what BuildKit tells becomes steps with their time, cache hits, output and error', () => {
  const progress = new BuildProgress()
  progress.push(line({ vertexes: [{ digest: 'a', name: '[1/2] RUN one' }, { digest: 'b', name: '[2/2] RUN make', started }] }))
  expect(progress.push(line({ logs: [{ vertex: 'b', data: Buffer.from('hé').toString('base64') }] }))).toMatchObject([{ id: 'b', state: 'running', log: 'hé' }])
  progress.push(line({ vertexes: [{ digest: 'a', name: '[1/2] RUN one', started, completed: started, cached: true }] }))
  progress.push(line({ vertexes: [{ digest: 'b', name: '[2/2] RUN make', started, completed: '2026-11-22T10:00:02.5Z', error: 'exit code: 1' }] }))
  progress.push(line({ vertexes: [{ digest: 'c', name: '[internal] load context' }] }))
  expect(progress.steps).toMatchObject([
    { id: 'a', state: 'done', isCached: true, ms: 0 },
    { id: 'b', state: 'failed', isCached: false, ms: 2500, error: 'exit code: 1', log: 'hé' },
    { id: 'c', state: 'waiting', ms: null },
  ])
  expect(cachedShare(progress.steps)).toEqual({ stepCount: 2, cachedShare: 0.5 })
})

test('lines may come in any pieces, and what is no progress is kept as words; output is bounded', () => {
  const progress = new BuildProgress()
  const bytes = Buffer.concat([line({ vertexes: [{ digest: 'a', name: 'é' }] }), Buffer.from('ERROR: no\n{"half\n')])
  for (const byte of bytes) progress.push(Buffer.from([byte]))
  expect(progress.steps).toMatchObject([{ name: 'é' }])
  expect(progress.words).toBe('ERROR: no\n{"half\n')
  for (let i = 0; i < 100; i++) progress.push(line({ logs: [{ vertex: 'a', data: Buffer.alloc(10_000, 'x').toString('base64') }, { vertex: 'stranger', data: 'eA==' }] }))
  expect(progress.steps[0]?.log.length).toBe(64 * 1024)
  expect(progress.steps).toHaveLength(1)
})

test('the failing line is found in what buildx prints, with the lines around it', () => {
  const words = `------
 > [2/3] RUN false:
------
Dockerfile.bad:3
--------------------
   1 |     FROM x
   2 |     RUN echo fine
   3 | >>> RUN false
   4 |     RUN never
--------------------
ERROR: failed to build: failed to solve: process "/bin/sh -c false" did not complete successfully: exit code: 1
`
  expect(buildFailure(words)).toEqual({
    file: 'Dockerfile.bad',
    line: 3,
    excerpt: [
      { line: 1, text: 'FROM x', isFailing: false },
      { line: 2, text: 'RUN echo fine', isFailing: false },
      { line: 3, text: 'RUN false', isFailing: true },
      { line: 4, text: 'RUN never', isFailing: false },
    ],
  })
  expect(buildFailure('ERROR: no such host\n')).toBeNull()
})

test('stages and arguments of a Dockerfile can be chosen from', () => {
  expect(readDockerfile('ARG V=1\nFROM --platform=linux/amd64 x AS base\nARG NAME\nARG Q="a b"\nfrom base as final\n# FROM y AS no\n')).toEqual({
    stages: ['base', 'final'],
    args: [{ name: 'V', default: '1' }, { name: 'NAME', default: null }, { name: 'Q', default: 'a b' }],
  })
})
