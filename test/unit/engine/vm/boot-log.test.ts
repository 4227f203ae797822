import { appendFileSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { bootTail, capLog, keepCapped, lastWords, markBoot } from '#engine/vm/boot-log.ts'

let dir: string
let path: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cove-log-'))
  path = join(dir, 'logs', 'guest.log')
})
afterEach(() => rmSync(dir, { recursive: true }))

test('Marks each boot and gives the end of the present one only, without control characters', async () => {
  await markBoot(path, new Date(0))
  appendFileSync(path, 'words of an old boot\n')
  expect(await bootTail(path, 9)).toBe('words of an old boot')
  await markBoot(path, new Date(1))
  expect(await bootTail(path, 9)).toBe('')
  appendFileSync(path, 'first\r\n\x1b[31m[ 1.2] panic\x1b[0m\x07\n\n2026-01-02T03:04:05.678901Z qemu-system-x86_64: boo\n')
  expect(await bootTail(path, 2)).toBe('[ 1.2] panic | qemu-system-x86_64: boo')
  expect(readFileSync(path, 'utf8')).toMatch(/^--- boot 1970-01-01T00:00:00.000Z ---\nwords/)
})

test('Has no last words when there is no log', async () => {
  expect(await bootTail(path, 5)).toBe('')
})

test('Of a kernel that fell over it gives why, where and on whose behalf, not the registers at the end', async () => {
  await markBoot(path, new Date(0))
  const registers = Array.from({ length: 12 }, (_, i) => `[    7.9425${i}] R${i}: 0000000000000000`)
  const fall = ['[    7.942001] Oops: int3: 0000 [#1] PREEMPT SMP', '[    7.942100] CPU: 1 UID: 0 PID: 148 Comm: dockerd', '[    7.942200] RIP: 0010:sched_clock_cpu+0x9/0xc0', ...registers, '[    7.942300] Call Trace:', '[    7.942310]  <IRQ>', '[    7.942320]  irq_enter_rcu+0x1/0x60', '[    7.942330]  ? entry+0x1/0x2', '[    7.942340] RIP: 0033:0x44', ...registers, '[    7.95] Kernel panic - not syncing: Fatal exception in interrupt']
  appendFileSync(path, `[    1.0] booting\n${fall.join('\n')}\n${registers.join('\n')}\n`)
  expect(await lastWords(path, 2)).toBe('Oops: int3: 0000 [#1] PREEMPT SMP | RIP: 0010:sched_clock_cpu+0x9/0xc0 | CPU: 1 UID: 0 PID: 148 Comm: dockerd | irq_enter_rcu+0x1/0x60 | Kernel panic - not syncing: Fatal exception in interrupt')
  await markBoot(path, new Date(1))
  appendFileSync(path, 'one\ntwo\nthree\n')
  expect(await lastWords(path, 2)).toBe('two | three')
})

test('Keeps whole lines of the newer half under a writer that appends', async () => {
  await markBoot(path, new Date(0))
  const writer = openSync(path, 'a')
  for (let index = 0; index < 2000; index++) writeSync(writer, `line ${index}\n`)
  await capLog(path, 10_000)
  writeSync(writer, 'after\n')
  const lines = readFileSync(path, 'utf8').split('\n')
  expect(statSync(path).size).toBeLessThanOrEqual(5100)
  expect(lines[0]).toMatch(/^line \d+$/)
  expect(lines.slice(-3)).toEqual(['line 1999', 'after', ''])
})

test('Caps a log while it grows', async () => {
  await markBoot(path, new Date(0))
  using _cap = keepCapped([path, join(dir, 'absent')], silentLogger, 1000)
  writeFileSync(path, 'x'.repeat(99).concat('\n').repeat(50), { flag: 'a' })
  await expect.poll(() => statSync(path).size, { timeout: 5000 }).toBeLessThanOrEqual(500)
})
