import { expect, test } from 'vitest'
import { startedSinceBootMs } from '#scripts/bench/process-start.ts'
import { cpuMsOf, numberAfter, readUsage, usageBetween } from '#scripts/bench/process-usage.ts'

const stat = '4711 (a (tricky) name) S 1 4711 4711 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 4 0 123456 1000000 2000 18446744073709551615'

test('processor time is user and system time, whatever the process is called', () => {
  expect(cpuMsOf(stat)).toBe(2000)
})

test('the start is told since the host booted', () => {
  expect(startedSinceBootMs(stat)).toBe(1_234_560)
})

test('numbers of /proc are found by name', () => {
  expect(numberAfter('VmHWM:\t  20 kB\nVmRSS:\t   10 kB\n', 'VmRSS')).toBe(10)
  expect(numberAfter('', 'VmRSS')).toBe(0)
})

const memory = { residentMB: 2, proportionalMB: 1.5 }

test('a rate is per second of the window, from the exact counts of the threads', () => {
  const before = { ...memory, cpuMs: 100, threads: new Map([['1', { cpuMs: 100, sleeps: 10 }]]), at: 1000 }
  const after = { ...memory, cpuMs: 130, threads: new Map([['1', { cpuMs: 121, sleeps: 30 }], ['2', { cpuMs: 3, sleeps: 10 }]]), at: 4000 }
  expect(usageBetween(before, after)).toEqual({ ...memory, cpuMsPerSecond: 8, wakeUpsPerSecond: 10 })
})

test('a thread that ended takes nothing away from the others, and its time still counts', () => {
  const before = { ...memory, cpuMs: 100, threads: new Map([['1', { cpuMs: 50, sleeps: 10 }], ['2', { cpuMs: 50, sleeps: 900 }]]), at: 0 }
  const after = { ...memory, cpuMs: 300, threads: new Map([['1', { cpuMs: 60, sleeps: 30 }]]), at: 1000 }
  expect(usageBetween(before, after)).toMatchObject({ cpuMsPerSecond: 200, wakeUpsPerSecond: 20 })
})

test.runIf(process.platform === 'linux')('this process uses memory and processor time', async () => {
  const usage = await readUsage(process.pid)
  expect(usage.residentMB).toBeGreaterThan(10)
  expect(usage.proportionalMB).toBeLessThanOrEqual(usage.residentMB)
  expect(usage.cpuMs).toBeGreaterThan(0)
  expect([...usage.threads.values()].some(({ cpuMs, sleeps }) => cpuMs > 0 && sleeps > 0)).toBe(true)
})
