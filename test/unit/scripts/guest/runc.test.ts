import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { compilerFlags, programSources } from '#scripts/guest/supervisor.ts'
import { tempDir, type TempDir } from '../../base/temp-dir.ts'

let dir: TempDir
const paths = { RUNC: 'real-runc', WANTED: 'wanted', OWN: 'own.pem', HOSTS: 'hosts.pem', BUNDLE: 'bundle.pem', FEATURES: 'features.json', PROXY: 'proxy-env', PROXY_WANTED: 'proxy-wanted' }
const inside = '/dev/cove-ca.pem'

beforeAll(async () => {
  dir = tempDir()
  const defines = Object.entries(paths).map(([name, file]) => `-D${name}="${dir.at(file)}"`)
  const made = spawnSync('gcc', [...compilerFlags, ...defines, '-o', dir.at('runc'), ...(await programSources('runc'))], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(made.stderr)
  writeFileSync(dir.at(paths.RUNC), '#!/bin/sh\nif [ "$TELL_SLACK" ]; then cat /proc/self/timerslack_ns; else echo "$*"; fi\nexit 7\n', { mode: 0o755 })
  mkdirSync(dir.at('root/abc'), { recursive: true })
})
afterAll(() => dir[Symbol.asyncDispose]())
beforeEach(() => {
  for (const file of [paths.BUNDLE, paths.PROXY, paths.PROXY_WANTED]) rmSync(dir.at(file), { force: true })
  writeFileSync(dir.at(paths.WANTED), '')
  writeFileSync(dir.at(paths.OWN), 'own')
  writeFileSync(dir.at(paths.HOSTS), 'hosts')
})

function runc(...words: string[]): string {
  const { stdout, status } = spawnSync(dir.at('runc'), words, { encoding: 'utf8', cwd: dir.path })
  expect(status).toBe(7)
  return stdout.trim()
}

/** What runc would read after the words, of a file that Docker wrote. */
function changed<T>(file: string, content: T, ...words: string[]): T {
  writeFileSync(dir.at(file), JSON.stringify(content))
  expect(runc(...words)).toBe(words.join(' '))
  return JSON.parse(readFileSync(dir.at(file), 'utf8')) as T
}

const spec = {
  ociVersion: '1.2.0',
  process: { user: { uid: 0 }, args: ['sh', '-c', 'echo "env":[ "mounts":[ ] } \\ "'], env: ['PATH=/bin', 'CURL_CA_BUNDLE=/mine.pem'] },
  mounts: [{ destination: '/dev', options: ['a', 'b]'] }, { destination: '/proc', type: 'proc' }],
  hooks: { prestart: [{ path: '/x', env: ['A=1'] }] },
}

test('a container is given the authorities of guest and host, and the variables that it does not set itself', () => {
  const { process, mounts, hooks, ...rest } = changed('config.json', spec, '--root', '/r', 'create', '--bundle', dir.path, 'id')
  const names = ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS', 'GIT_SSL_CAINFO']
  expect(process).toEqual({ ...spec.process, env: [...names.map((name) => `${name}=${inside}`), ...spec.process.env] })
  expect(mounts).toEqual([...spec.mounts, { destination: inside, type: 'bind', source: dir.at(paths.BUNDLE), options: ['bind', 'ro'] }])
  expect([hooks, rest]).toEqual([spec.hooks, { ociVersion: '1.2.0' }])
  expect(readFileSync(dir.at(paths.BUNDLE), 'utf8')).toBe('own\nhosts')
})

test('a build step without variables and mounts of its own is too', () => {
  const bare = { process: { env: [] as string[] }, mounts: [] as { destination: string }[] }
  const { process, mounts } = changed('config.json', bare, 'run', '--bundle', dir.path, 'id')
  expect(process.env).toHaveLength(5)
  expect(mounts.map(({ destination }) => destination)).toEqual([inside])
})

test('what is executed in a container has them where the container has the file', () => {
  const process = { args: ['sh'], env: ['A=1'] }
  const words = ['--root', dir.at('root'), 'exec', '--process', dir.at('process.json'), 'abc']
  writeFileSync(dir.at('root/abc/state.json'), JSON.stringify({ config: { mounts: [] } }))
  expect(changed('process.json', process, ...words)).toEqual(process)
  writeFileSync(dir.at('root/abc/state.json'), JSON.stringify({ config: { mounts: [{ destination: inside }] } }))
  expect(changed('process.json', process, ...words).env).toEqual(expect.arrayContaining([`SSL_CERT_FILE=${inside}`, 'A=1']))
})

/** What the host writes of its proxy; the variables of it. */
function giveProxy(): string[] {
  const env = ['HTTPS_PROXY=http://u:p"\\@10.0.2.2:3128', 'https_proxy=http://u:p"\\@10.0.2.2:3128', 'NO_PROXY=localhost,.lan', 'no_proxy=localhost,.lan']
  writeFileSync(dir.at(paths.PROXY), `${env.map((each) => JSON.stringify(each)).join('\n')}\n`)
  return env
}

test('the steps of builds have the host\'s authorities, where it has any, and its proxy without a setting', () => {
  rmSync(dir.at(paths.WANTED))
  const bundle = dir.at('docker/buildkit/executor/x1')
  mkdirSync(bundle, { recursive: true })
  const step = (): typeof spec => changed('docker/buildkit/executor/x1/config.json', spec, 'run', '--bundle', bundle, '--keep', 'id')
  expect(step().process.env).toEqual(expect.arrayContaining([`SSL_CERT_FILE=${inside}`, 'PATH=/bin']))
  expect(step().mounts).toHaveLength(3)
  writeFileSync(dir.at(paths.HOSTS), '\n')
  expect(step()).toEqual(spec)
  const env = giveProxy()
  expect(step()).toEqual({ ...spec, process: { ...spec.process, env: [...env, ...spec.process.env] } })
  expect(changed('config.json', spec, 'create', '--bundle', dir.path, 'id')).toEqual(spec)
})

test('containers and what is executed in them have the proxy once it is wanted, and what they set themselves in either case', () => {
  rmSync(dir.at(paths.WANTED))
  const env = giveProxy()
  const process = { args: ['sh'], env: ['https_proxy=', 'A=1'] }
  const exec = ['--root', dir.at('root'), 'exec', '--process', dir.at('process.json'), 'abc']
  expect(changed('process.json', process, ...exec)).toEqual(process)
  writeFileSync(dir.at(paths.PROXY_WANTED), '')
  expect(changed('config.json', spec, 'create', '--bundle', dir.path, 'id').process.env).toEqual([...env, ...spec.process.env])
  expect(changed('process.json', process, ...exec).env).toEqual(['NO_PROXY=localhost,.lan', 'no_proxy=localhost,.lan', ...process.env])
  const bare = { process: { env: [] as string[] } }
  expect(changed('config.json', bare, 'run', '--bundle', dir.path, 'id').process.env).toEqual(env)
  // Both together, as with a company that looks into TLS.
  writeFileSync(dir.at(paths.WANTED), '')
  expect(changed('config.json', spec, 'create', '--bundle', dir.path, 'id').process.env).toEqual([...env, ...['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS', 'GIT_SSL_CAINFO'].map((name) => `${name}=${inside}`), ...spec.process.env])
  rmSync(dir.at(paths.WANTED))
  for (const nothing of ['\n', '', 'nonsense\n"x\n""\n', `"${'N'.repeat(100)}=1"\n`]) {
    writeFileSync(dir.at(paths.PROXY), nothing)
    expect(changed('config.json', spec, 'create', '--bundle', dir.path, 'id')).toEqual(spec)
  }
})

test('nothing is changed when it is not wanted, for other commands, and where a file is not what was expected', () => {
  for (const words of [['start', 'id'], ['--version'], ['create', '--bundle', '/nowhere', 'id']]) expect(changed('config.json', spec, ...words)).toEqual(spec)
  for (const odd of [{ process: {} }, { process: { env: ['A=1'] } }, { mounts: [], process: { env: [] } }, 'text']) expect(changed('config.json', odd, 'create', '--bundle', dir.path, 'id')).toEqual(odd)
  rmSync(dir.at(paths.HOSTS))
  expect(changed('config.json', spec, 'create', '--bundle', dir.path, 'id')).toEqual(spec)
  rmSync(dir.at(paths.WANTED))
  expect(changed('config.json', spec, 'create', '--bundle', dir.path, 'id')).toEqual(spec)
})

test('a container of programs at fixed addresses has random ones again, and others are left alone', () => {
  const at = (linux: object): unknown => {
    rmSync(dir.at(paths.WANTED), { force: true })
    writeFileSync(dir.at('config.json'), JSON.stringify({ ...spec, linux }))
    const { status } = spawnSync('setarch', ['-R', dir.at('runc'), 'create', '--bundle', dir.path, 'id'], { encoding: 'utf8' })
    expect(status).toBe(7)
    return JSON.parse(readFileSync(dir.at('config.json'), 'utf8'))
  }
  const personality = { domain: 'LINUX' }
  expect(at({ seccomp: {} })).toEqual({ ...spec, linux: { personality, seccomp: {} } })
  expect(at({})).toEqual({ ...spec, linux: { personality } })
  expect(at({ personality: { domain: 'LINUX32' } })).toEqual({ ...spec, linux: { personality: { domain: 'LINUX32' } } })
  expect(changed('config.json', { ...spec, linux: {} }, 'create', '--bundle', dir.path, 'id')).toEqual({ ...spec, linux: {} })
})

/** Runs the wrapper with coarse timers, as Docker's programs do under emulation; the slack that runc has then. */
function slackOf(...words: string[]): string {
  const { stdout } = spawnSync('sh', ['-c', 'echo 5000000 > /proc/$$/timerslack_ns; exec "$0" "$@"', dir.at('runc'), ...words], { encoding: 'utf8', cwd: dir.path, env: { ...process.env, TELL_SLACK: '1' } })
  return stdout.trim()
}

test('what is executed in a container has fine timers, and runc itself has those of who asks it', () => {
  for (const maker of ['run', 'exec', 'restore']) expect(slackOf('--root', 'root', maker, 'abc')).toBe('50000')
  for (const other of ['create', 'start', 'delete', 'kill']) expect(slackOf('--root', 'root', other, 'abc')).toBe('5000000')
})

// Only root may know and set the timers of others (CAP_SYS_NICE), as runc may in the guest.
test.skipIf(process.getuid?.() !== 0)('a container that is started has fine timers in all its threads, and another process keeps its own', async () => {
  const script = 'require("fs").writeFileSync("/proc/self/timerslack_ns", "5000000"); new (require("worker_threads").Worker)("setInterval(() => 0, 1000)", { eval: true }).once("online", () => console.log("up"))'
  const [container, other] = [1, 2].map(() => spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] }))
  try {
    await Promise.all([container, other].map((each) => once(each!.stdout!, 'data')))
    const slacks = (pid = 0): Set<string> => new Set(readdirSync(`/proc/${pid}/task`).map((thread) => readFileSync(`/proc/${thread}/timerslack_ns`, 'utf8').trim()))
    expect(slacks(container?.pid)).toContain('5000000')
    mkdirSync(dir.at('root/made'))
    writeFileSync(dir.at('root/made/state.json'), `{"id":"made","init_process_pid":${container?.pid},"init_process_start":7}`)
    slackOf('--root', 'root', 'start', 'made')
    expect(slacks(container?.pid)).toEqual(new Set(['50000']))
    expect(slacks(other?.pid)).toContain('5000000')
    for (const state of ['{"init_process_pid":0}', '{"init_process_pid":"x"}', '{', '']) {
      writeFileSync(dir.at('root/made/state.json'), state)
      expect(slackOf('--root', 'root', 'start', 'made')).toBe('5000000')
    }
  } finally {
    for (const each of [container, other]) each?.kill('SIGKILL')
  }
})

test('a container that is deleted by force is asked for only where it is known', () => {
  const remove = (...words: string[]): number | null => spawnSync(dir.at('runc'), ['--root', dir.at('root'), ...words], { cwd: dir.path }).status
  expect(remove('delete', '--force', 'gone')).toBe(0)
  expect(remove('delete', 'gone')).toBe(7)
  expect(remove('delete', '--force', 'abc')).toBe(7)
  expect(spawnSync(dir.at('runc'), ['delete', '--force'], { cwd: dir.path }).status).toBe(7)
})

test('what runc can do is told as it was when the image was made, and asked of runc where that is not known', () => {
  expect(runc('features')).toBe('features')
  writeFileSync(dir.at(paths.FEATURES), '{"ociVersionMax":"1.2.1"}\n')
  const told = spawnSync(dir.at('runc'), ['features'], { encoding: 'utf8', cwd: dir.path })
  expect([told.status, told.stdout]).toEqual([0, '{"ociVersionMax":"1.2.1"}\n'])
  expect(runc('features', '--help')).toBe('features --help')
})
