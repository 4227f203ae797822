import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { identifyProcess, isSameProcessAlive, psStartStamp } from '#base/process-identity.ts'

const here = { skip: process.platform !== 'linux' }

test('a running process is identified the same way each time', async () => {
  const identity = await identifyProcess(process.pid)
  expect(identity).toEqual(await identifyProcess(process.pid))
  expect(identity && (await isSameProcessAlive(identity))).toBe(true)
})

test('a process that ended is gone', async () => {
  const child = spawn('sleep', ['60'])
  const identity = await identifyProcess(child.pid ?? 0)
  expect(identity && (await isSameProcessAlive(identity))).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(identity && (await isSameProcessAlive(identity))).toBe(false)
  expect(await identifyProcess(child.pid ?? 0)).toBeUndefined()
})

test('another process of the same pid is not taken for the former one', async () => {
  const now = await identifyProcess(process.pid)
  const [boot, ticks] = now?.started.split(':') ?? []
  expect(await isSameProcessAlive({ pid: process.pid, started: `${boot}:${Number(ticks) - 1}` })).toBe(false)
})

test('a process of an earlier boot is not taken for one of this boot', here, async () => {
  const now = await identifyProcess(process.pid)
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  const started = now?.started.replace(boot, '00000000-0000-0000-0000-000000000000') ?? ''
  expect(started).not.toBe(now?.started)
  expect(await isSameProcessAlive({ pid: process.pid, started })).toBe(false)
})

/** A child that has ended and whose parent has not noticed: it ends after the shell, which would notice, became a sleep. */
async function zombie(): Promise<Disposable & { pid: number }> {
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const pid = Number(line)
  await vi.waitFor(() => expect(readFileSync(`/proc/${parent.pid}/comm`, 'utf8')).toBe('sleep\n'), 10_000)
  process.kill(pid, 'SIGKILL')
  await vi.waitFor(() => expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /), 10_000)
  return { pid, [Symbol.dispose]: () => void parent.kill('SIGKILL') }
}

test('a zombie counts as gone', here, async () => {
  using child = await zombie()
  expect(await identifyProcess(child.pid)).toBeUndefined()
  expect(await psStartStamp(child.pid)).toBeUndefined()
})

test('a process whose name holds brackets and spaces is identified', here, async () => {
  const child = spawn('bash', ['-c', 'echo -n "a) Z (b" > /proc/self/comm; echo ok; read'], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const stamp = (await identifyProcess(child.pid ?? 0))?.started
  child.kill('SIGKILL')
  expect(stamp).toMatch(/:\d+$/)
})

test('ps names the start in one way whatever the language and time zone', here, async () => {
  const stamp = await psStartStamp(process.pid)
  vi.stubEnv('TZ', 'Asia/Tokyo')
  vi.stubEnv('LC_ALL', 'de_DE.UTF-8')
  expect(await psStartStamp(process.pid)).toBe(stamp)
  expect(stamp).toMatch(/^\w{3} \w{3} \d+ [\d:]{8} \d{4}$/)
  vi.unstubAllEnvs()
})

test.each([0, -1, Number.NaN, 2 ** 22 + 1])('%d is nobody\'s pid', async (pid) => {
  expect(await identifyProcess(pid)).toBeUndefined()
})
