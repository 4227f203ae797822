import { expect, test } from 'vitest'
import { readFigures } from '#engine/usage/figures.ts'

const round = (cpu: string): string[] => [`cpu  ${cpu}`, 'MemTotal:        2000000 kB', 'MemAvailable:    1500000 kB', '/dev/vdb              65723932    238224  62101388   0% /var/lib/cove']

test('the guest\'s own words become figures; the cpu is told from the second round on', () => {
  const first = readFigures(round('100 0 100 800 0 0 0 0 0 0'))
  expect(first.figures).toEqual({ cpuPercent: null, memoryUsedBytes: 512_000_000, memoryBytes: 2_048_000_000, diskUsedBytes: 243_941_376, diskBytes: 67_301_306_368 })
  expect(readFigures(round('150 0 100 900 50 0 0 0 0 0'), first.cpu).figures.cpuPercent).toBe(25)
  expect(readFigures([], first.cpu).figures).toEqual({ cpuPercent: null, memoryUsedBytes: 0, memoryBytes: 0, diskUsedBytes: 0, diskBytes: 0 })
})
