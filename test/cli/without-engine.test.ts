import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { Status } from '#contract/state.ts'
import { CoveUser } from './cove.ts'

test.for([
  [['version'], /^cove \d+\.\d+\.\d+\n$/],
  [['--version'], /^cove \d+\.\d+\.\d+\n$/],
  [['help', 'start'], /Usage: cove start/],
  [['completion', 'bash'], /complete -F _cove cove/],
  [['env'], /^export DOCKER_HOST=unix:\/\/\/.+\/docker\.sock\n(export PATH=.+\n)?$/],
  [['status'], /Cove is off/],
] as const)('%j works with nothing there and leaves nothing behind', async ([line, expected]) => {
  await using user = new CoveUser()
  const { code, stdout } = await user.run(line)
  expect(stdout).toMatch(expected)
  expect(code).toBe(0)
  expect(readdirSync(user.dir, { recursive: true })).toEqual(['work'])
})

test('status --json without an engine is a whole status with state off', async () => {
  await using user = new CoveUser()
  const { code, stdout } = await user.run(['status', '--json'])
  const status = Status.parse(JSON.parse(stdout))
  expect(status).toMatchObject({ state: 'off', engine: null, vm: null, dockerSocket: join(user.home, 'docker.sock') })
  expect(code).toBe(0)
})

test('stop without an engine is done', async () => {
  await using user = new CoveUser()
  expect(await user.run(['stop'])).toMatchObject({ code: 0, stdout: '', stderr: '✓ Cove is already off.\n' })
})

test('shell without an engine says how to start', async () => {
  await using user = new CoveUser()
  expect(await user.run(['shell', '--', 'ls'])).toMatchObject({ code: 3, stderr: expect.stringContaining('cove start') })
})

test('logs come from the files, byte for byte into a pipe', async () => {
  await using user = new CoveUser()
  expect(await user.run(['logs'])).toMatchObject({ code: 9, stderr: expect.stringContaining('no engine log yet') })
  mkdirSync(join(user.home, 'logs'), { recursive: true })
  writeFileSync(join(user.home, 'logs', 'guest.log'), 'one\r\n\x1b[31mtwo\x1b[0m\nthree\n')
  expect((await user.run(['logs', 'guest'])).stdout).toBe('one\r\n\x1b[31mtwo\x1b[0m\nthree\n')
  expect((await user.run(['logs', 'guest', '--tail', '2'])).stdout).toBe('\x1b[31mtwo\x1b[0m\nthree\n')
  expect((await user.run(['logs', 'guest', '--tail', '0'])).stdout).toBe('')
})

test('logs --follow goes on until interrupted, then ends quietly with 130', async () => {
  await using user = new CoveUser()
  mkdirSync(join(user.home, 'logs'), { recursive: true })
  const file = join(user.home, 'logs', 'engine.log')
  writeFileSync(file, 'first\n')
  const child = user.spawn(['logs', '--follow'])
  const errors: string[] = []
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
  expect(String((await once(child.stdout, 'data'))[0])).toBe('first\n')
  writeFileSync(file, 'second\n', { flag: 'a' })
  expect(String((await once(child.stdout, 'data'))[0])).toBe('second\n')
  child.kill('SIGINT')
  const [code] = (await once(child, 'close')) as [number]
  expect([code, errors.join('')]).toEqual([130, ''])
})

test('a reader that goes away ends logs quietly', async () => {
  await using user = new CoveUser()
  mkdirSync(join(user.home, 'logs'), { recursive: true })
  writeFileSync(join(user.home, 'logs', 'engine.log'), 'a line of the log\n'.repeat(200_000))
  const { code, stdout, stderr } = user.shell('bash', ['-c'], 'cove logs | head -1; exit "${PIPESTATUS[0]}"')
  expect([code, stdout, stderr]).toEqual([0, 'a line of the log\n', ''])
})

test('a full disk behind stdout is an error', async () => {
  await using user = new CoveUser()
  const child = spawn('sh', ['-c', `exec "$0" "$@" > /dev/full`, process.execPath, join(import.meta.dirname, '../../dist/cli/cove.mjs'), 'version'], { env: user.env })
  const [[code], [message]] = await Promise.all([once(child, 'close'), once(child.stderr, 'data')])
  expect(code).toBe(9)
  expect(String(message)).toMatch(/^cove: cannot write the output: ENOSPC/)
})

test.for([['status'], ['start'], ['env'], ['stop'], ['config', 'list']])('a COVE_HOME too long for a socket is named by %j', async (line) => {
  await using user = new CoveUser()
  const { code, stderr } = await user.run(line, { env: { COVE_HOME: join(user.dir, 'x'.repeat(110)) } })
  expect(code).toBe(4)
  expect(stderr).toMatch(/^cove: COVE_HOME ".+" is too long: .+\n {2}hint: Set COVE_HOME to a shorter path\.\n$/)
})

test('version and completion work whatever COVE_HOME is', async () => {
  await using user = new CoveUser({ COVE_HOME: `/${'x'.repeat(200)}` })
  expect((await user.run(['version'])).code).toBe(0)
  expect((await user.run(['completion', 'zsh'])).code).toBe(0)
})

test.for([['start'], ['config', 'list'], ['context', 'use'], ['reset', '--data', '--yes']])('a COVE_HOME that cannot be made is named by %j', async (line) => {
  await using user = new CoveUser()
  writeFileSync(join(user.dir, 'file'), '')
  const { code, stderr } = await user.run(line, { env: { COVE_HOME: join(user.dir, 'file', 'cove') } })
  expect(code).toBe(4)
  expect(stderr).toMatch(/^cove: COVE_HOME ".+" cannot be used: ENOTDIR.*\n {2}hint: /)
})

test('a COVE_HOME that is a file is named', async () => {
  await using user = new CoveUser()
  writeFileSync(user.home, 'precious')
  expect(await user.run(['start'])).toMatchObject({ code: 4, stderr: expect.stringContaining(user.home) })
  expect(await user.run(['status'])).toMatchObject({ code: 0 })
})

test('a socket file that nobody listens on means off', async () => {
  await using user = new CoveUser()
  mkdirSync(user.home)
  const listener = spawn(process.execPath, ['-e', `require('net').createServer().listen(${JSON.stringify(join(user.home, 'engine.sock'))}, () => console.log())`])
  await once(listener.stdout, 'data')
  listener.kill('SIGKILL')
  await once(listener, 'close')
  expect((await user.status()).state).toBe('off')
})

test('an engine that accepts but never answers is an error within its limit, not "off"', async () => {
  await using user = new CoveUser()
  mkdirSync(user.home)
  const socket = join(user.home, 'engine.sock')
  const mute = spawn(process.execPath, ['-e', `require('net').createServer(() => {}).listen(${JSON.stringify(socket)}, () => console.log())`])
  await once(mute.stdout, 'data')
  try {
    const { code, ms, stderr } = await user.run(['status'])
    expect(code).toBe(3)
    expect(stderr).toMatch(/^cove: waited 5 s for the engine to answer/)
    expect(ms).toBeLessThan(10_000)
  } finally {
    mute.kill('SIGKILL')
    await once(mute, 'close')
  }
})

test('status answers well within 300 ms as a whole process', async ({ annotate }) => {
  await using user = new CoveUser()
  const runs: number[] = []
  for (let i = 0; i < 10; i++) runs.push((await user.run(['status', '--json'])).ms)
  const [best = Infinity, , , , , median = Infinity] = runs.toSorted((a, b) => a - b)
  await annotate(`best of 10: ${best.toFixed(0)} ms, median ${median.toFixed(0)} ms`)
  // The best: this is what the command takes, the median is also what else this machine does meanwhile.
  expect(best).toBeLessThan(300)
})
