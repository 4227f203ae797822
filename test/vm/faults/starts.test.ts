import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { identifyProcess } from '#base/process-identity.ts'
import { endEngine, untilStatus } from '../fixtures/engine.ts'
import { uniqueName } from '../fixtures/containers.ts'
import { processesNaming } from '../fixtures/host.ts'
import { ownHome } from '../fixtures/own-home.ts'
import { cove, coveOk, dockerOk, status } from '../fixtures/run.ts'
import { spawnCove } from '../fixtures/running.ts'

/** Asks the real program for each rule that is remembered (resources/guest/iptables), and counts those that are there. */
const compareRules = `
program() { [ "$1" = 6 ] && echo /usr/sbin/ip6tables || echo /usr/sbin/iptables; }
sed 1d /run/cove/iptables | { count=0; while read -r family table chain rule; do
  [ -n "$rule" ] || continue
  count=$((count + 1))
  $(program $family) -t $table -C $chain $rule || echo "not there: $family $table $chain $rule"
done; echo "$count remembered, $( (/usr/sbin/iptables-save; /usr/sbin/ip6tables-save) | grep -c '^-A') there"; }
`

// Each story begins where the one before it ended.
describe('starts that are interrupted, doubled or find leftovers', () => {
  it('a guest that is switched off from inside is off, not failed, and Docker ends by itself although the engine listens to it', async () => {
    await using off = await untilStatus(({ state }) => state === 'off')
    await cove(['shell', '--', 'poweroff'])
    await off.happened
    expect(await status()).toMatchObject({ state: 'off', reason: null, vm: null })
    const said = (await readFile(join(inject('cove').home, 'logs', 'guest.log'), 'utf8')).split('--- boot').at(-1)
    expect(said).toMatch(/power off after \d+ ms/)
    expect(said).not.toContain('dockerd does not end')
  })

  it('a stop during a start ends it, and no QEMU is left', async () => {
    await coveOk(['stop'])
    await coveOk(['start', '--no-wait'])
    await using booting = await untilStatus(({ step }) => step === 'initrd' || step === 'network')
    await booting.happened
    const { vm } = await status()
    await coveOk(['stop'])
    expect(await status()).toMatchObject({ state: 'off', step: null, vm: null })
    expect(await identifyProcess(vm?.pid ?? 0)).toBeUndefined()
    expect(await vmProcesses()).toEqual([])
  })

  it('S8 a record of a reused pid and stale sockets harm nobody and do not keep the vm from starting; S7 two starts at once give one vm', async () => {
    const { home, dockerSocket } = inject('cove')
    using stranger = startStranger()
    await endEngine()
    const record = { format: 1, process: { pid: stranger.pid, started: 'another-boot:12345' }, program: '/usr/bin/qemu-system-x86_64', accelerator: 'tcg', cpus: 2, memoryMiB: 2048, sshPort: 2222, startedAt: new Date().toISOString(), recipe: 'x', warnings: [] }
    await leaveRecord(JSON.stringify(record))
    for (const path of [join(home, 'engine.sock'), dockerSocket, join(home, 'run', 'qmp.sock'), join(home, 'run', 'control.sock')]) await leaveStaleSocket(path)
    const starts = await Promise.all([cove(['start', '--wait'], { timeoutMs: 280_000 }), cove(['start', '--wait'], { timeoutMs: 280_000 })])
    expect(starts.map(({ exitCode, stderr }) => `${exitCode} ${exitCode === 0 ? '' : stderr}`)).toEqual(['0 ', '0 '])
    const { vm, state } = await status()
    expect(state).toBe('running')
    expect((await vmProcesses()).map(({ pid }) => pid)).toEqual([vm?.pid])
    expect(JSON.parse(await readFile(join(home, 'run', 'vm.json'), 'utf8'))).toMatchObject({ process: { pid: vm?.pid } })
    expect(await dockerOk(['version', '--format', '{{.Server.Os}}'])).toBe('linux')
    expect(await identifyProcess(stranger.pid)).toBeDefined()
  })

  it('what the guest remembers of the rules that Docker made at this start is what is there', async () => {
    const network = uniqueName('net')
    await dockerOk(['network', 'create', '--ipv6', network])
    const withNetwork = await coveOk(['shell', '--', 'sh', '-c', compareRules])
    await dockerOk(['network', 'rm', network])
    const after = await coveOk(['shell', '--', 'sh', '-c', compareRules])
    for (const told of [withNetwork, after]) expect(told).toMatch(/^(\d+) remembered, \1 there$/)
    expect(Number.parseInt(withNetwork)).toBeGreaterThan(Number.parseInt(after))
  })

  it('Ctrl-C of `cove start` ends the waiting, not the start, and says so', async () => {
    await coveOk(['stop'])
    await using start = spawnCove(['start'])
    await using booting = await untilStatus(({ step }) => step === 'initrd')
    await booting.happened
    process.kill(start.pid, 'SIGINT')
    expect((await start.exited).exitCode).toBe(130)
    expect(start.output()).toContain('the start goes on in the background')
    expect((await status()).state).toBe('starting')
  })

  it('an engine that ends during a start, by SIGTERM or SIGKILL, leaves the vm booting, and the next start takes it over', async () => {
    const { vm } = await status()
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await endEngine(signal)
      expect((await vmProcesses()).map(({ pid }) => pid)).toEqual([vm?.pid])
      await coveOk(['start', '--no-wait'])
      const { state, step } = await status()
      console.log(`taken over after ${signal}: ${state} (${step})`)
    }
    await coveOk(['start', '--wait'], { timeoutMs: 280_000 })
    expect(await status()).toMatchObject({ state: 'running', vm: { pid: vm?.pid } })
    expect((await vmProcesses()).map(({ pid }) => pid)).toEqual([vm?.pid])
    expect(await dockerOk(['version', '--format', '{{.Server.Os}}'])).toBe('linux')
  })
})

describe('leftovers that name no vm', () => {
  it.for<readonly [string, string]>([
    ['of a dead pid', JSON.stringify({ format: 1, process: { pid: 4_194_303, started: 'x:1' }, program: 'q', accelerator: 'tcg', cpus: 1, memoryMiB: 512, sshPort: 1, startedAt: new Date(0).toISOString(), recipe: 'x', warnings: [] })],
    ['that is garbage', '{"format": 1, "process": {"pid": '],
    ['that names us but is no vm', JSON.stringify({ pid: process.pid, started: 'x' })],
    ['that is empty', ''],
  ])('S8 a record %s is removed, and the state is off', async ([, text]) => {
    await using own = await ownHome()
    await mkdir(join(own.home, 'run'), { recursive: true, mode: 0o700 })
    await writeFile(join(own.home, 'run', 'vm.json'), text, { mode: 0o600 })
    expect(JSON.parse(await coveOk(['status', '--json'], { env: own.env }))).toMatchObject({ state: 'off' })
    await coveOk(['disk', 'usage'], { env: own.env })
    expect(JSON.parse(await coveOk(['status', '--json'], { env: own.env }))).toMatchObject({ state: 'off', vm: null })
    expect(existsSync(join(own.home, 'run', 'vm.json'))).toBe(false)
  })
})

/** QEMU processes of the shared home. */
function vmProcesses() {
  return processesNaming(join(inject('cove').home, 'disk'))
}

async function leaveRecord(text: string): Promise<void> {
  await mkdir(join(inject('cove').home, 'run'), { recursive: true, mode: 0o700 })
  await writeFile(join(inject('cove').home, 'run', 'vm.json'), text, { mode: 0o600 })
}

/** A socket file whose listener was killed, as a crash leaves it. */
async function leaveStaleSocket(path: string): Promise<void> {
  const script = 'require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))'
  const child = spawn(process.execPath, ['-e', script, path])
  await once(child, 'exit')
}

/** A process that has nothing to do with Cove. */
function startStranger(): Disposable & { pid: number } {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' })
  return { pid: child.pid ?? 0, [Symbol.dispose]: () => void child.kill('SIGKILL') }
}
