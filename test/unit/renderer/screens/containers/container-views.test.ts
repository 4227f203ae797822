import { expect, test } from 'vitest'
import type { Usage } from '#contract/usage.ts'
import { below, folderOf, modeText, nameOf, stepsOf } from '#renderer/parts/file-browser/file-source.ts'
import { jsonRows } from '#renderer/screens/containers/inspect/json-rows.ts'
import { possibleActions } from '#renderer/screens/containers/possible-actions.ts'
import { seriesOf } from '#renderer/screens/containers/stats/usage-series.ts'
import { addRound } from '#renderer/state/usage-trails.ts'

test('what is offered is what makes sense for at least one', () => {
  const of = (...states: string[]) => possibleActions(states.map((state) => ({ state })))
  expect(of('exited')).toEqual(['start'])
  expect(of('running')).toEqual(['stop', 'restart', 'pause', 'kill'])
  expect(of('paused', 'exited')).toEqual(['start', 'unpause', 'stop', 'kill'])
  expect(of('removing')).toEqual([])
})

test('a tree shows what is open, and with a search everything that holds it', () => {
  const value = { Config: { Env: ['A=1', 'B=2'], 'a.b': true }, State: { Running: true } }
  expect(jsonRows(value, new Set(), '').map(({ path }) => path)).toEqual(['.Config', '.State'])
  expect(jsonRows(value, new Set(['.Config', '.Config.Env']), '').map(({ path }) => path)).toEqual(['.Config', '.Config.Env', '.Config.Env[0]', '.Config.Env[1]', '.Config["a.b"]', '.State'])
  expect(jsonRows(value, new Set(), 'b=').map(({ path }) => path)).toEqual(['.Config', '.Config.Env', '.Config.Env[1]'])
  expect(jsonRows(value, new Set(), 'nothing')).toEqual([])
})

const usage = (second: number, receivedBytes: number): Usage => ({ at: new Date(second * 1000).toISOString(), cpuPercent: second === 0 ? null : 10, memoryBytes: 5, memoryLimitBytes: 9, receivedBytes, sentBytes: 0, readBytes: 0, writtenBytes: 0, processes: 1 })

test('moved bytes become bytes per second; a new start or a gap gives none', () => {
  const series = seriesOf([usage(0, 0), usage(2, 100), usage(2, 100), usage(3, 50), usage(100, 90), usage(101, 100)])
  expect(series.at).toEqual([0, 2, 3, 100, 101])
  expect(series.receivedPerS).toEqual([null, 50, null, null, 10])
})

test('trails hold the last rounds of those that run', () => {
  let trails = addRound(new Map(), { usages: [{ id: 'a', ...usage(0, 0) }, { id: 'b', ...usage(0, 0) }] })
  for (let second = 1; second < 50; second++) trails = addRound(trails, { usages: [{ id: 'a', ...usage(second, 0) }] })
  expect([...trails.keys()]).toEqual(['a'])
  expect(trails.get('a')?.cpuPercent).toHaveLength(30)
})

test('paths inside are walked up and down', () => {
  expect([below('/', 'a'), below('/a', 'b'), folderOf('/a/b'), folderOf('/a'), nameOf('/a/b.txt')]).toEqual(['/a', '/a/b', '/a', '/', 'b.txt'])
  expect(stepsOf('/a/b')).toEqual([{ name: '/', path: '/' }, { name: 'a', path: '/a' }, { name: 'b', path: '/a/b' }])
  expect([modeText(0o755), modeText(0o640)]).toEqual(['rwxr-xr-x', 'rw-r-----'])
})
