import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { type CovePaths, covePaths } from '#base/paths.ts'
import { connectTo } from '#engine/vm/channels.ts'
import { QmpClient } from '#engine/vm/qmp.ts'
import { FileServers } from '#engine/vm/virtiofs/file-servers.ts'
import { QemuVm } from '#engine/vm/qemu-vm.ts'
import type { ProcessExit } from '#engine/vm/vm-process.ts'

// A scripted monitor stands in for QEMU where a real one would need a full disk.
let dir: string
let paths: CovePaths
let server: Server
let monitor: Socket
const commands: string[] = []
/** What the monitor says of its guest. */
let status: string
const signal = new AbortController().signal

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'cove-qvm-'))
  paths = covePaths(dir)
  for (const folder of [paths.runDir, paths.logsDir, dirname(paths.dataDisk)]) mkdirSync(folder)
  commands.length = 0
  status = 'paused'
  server = createServer((socket) => {
    monitor = socket
    socket.write('{"QMP": {}}\n')
    socket.on('data', (data) => {
      for (const line of String(data).trim().split('\n')) {
        const { execute, id } = JSON.parse(line) as { execute: string; id: number }
        commands.push(execute)
        socket.write(`{"return": ${execute === 'query-status' ? JSON.stringify({ status }) : '{}'}, "id": ${id}}\n`)
        if (execute === 'cont') event('RESUME')
      }
    })
  }).listen(paths.qmpSocket)
})
afterEach(() => {
  monitor.destroy()
  server.close()
  rmSync(dir, { recursive: true })
})

function event(name: string, data: Record<string, unknown> = {}): void {
  monitor.write(`${JSON.stringify({ event: name, data })}\n`)
}

async function vm(pausedBy: 'no-space' | null = null): Promise<{ vm: QemuVm; end(exit: ProcessExit): void }> {
  const end = Promise.withResolvers<ProcessExit>()
  const identity = { pid: 4_194_300, started: 'never' }
  const process = { identity, exited: end.promise, kill: async () => end.resolve({ code: null, signal: 'SIGKILL' }), detach: () => undefined }
  const qmp = await QmpClient.open(await connectTo(paths.qmpSocket, signal), { log: silentLogger, ms: 1000 })
  const record = { format: 1 as const, process: identity, program: 'q', accelerator: 'tcg' as const, cpus: 1, memoryMiB: 64, sshPort: 1, startedAt: new Date().toISOString(), recipe: 'r', warnings: [] }
  return { vm: new QemuVm({ record, process, qmp, control: undefined, ports: new Map(), fileServers: new FileServers({ paths, log: silentLogger }), paths, log: silentLogger, pausedBy }), end: end.resolve }
}

test('Says that the host disk is full, and goes on by itself once there is room', async () => {
  const { vm: machine } = await vm()
  const paused = new Promise((resolve) => machine.on('paused', resolve))
  const resumed = new Promise<void>((resolve) => machine.on('resumed', () => resolve()))
  event('BLOCK_IO_ERROR', { nospace: true, action: 'stop' })
  event('STOP')
  expect(await paused).toEqual({ cause: 'no-space' })
  expect(machine.pausedBy).toBe('no-space')
  await resumed
  expect(machine.pausedBy).toBeNull()
  expect(commands).toEqual(['qmp_capabilities', 'cont'])
  await machine[Symbol.asyncDispose]()
})

test('Goes on by itself when a former engine left it paused for lack of room', async () => {
  const { vm: machine } = await vm('no-space')
  await new Promise<void>((resolve) => machine.on('resumed', () => resolve()))
  expect(commands).toContain('cont')
  await machine[Symbol.asyncDispose]()
})

test('Tells a broken disk and a pause that was asked for from a full one, and resumes neither', async () => {
  const { vm: machine } = await vm()
  const causes: string[] = []
  const seen = Promise.withResolvers<void>()
  machine.on('paused', ({ cause }) => {
    if (causes.push(cause) === 2) seen.resolve()
  })
  event('STOP')
  event('RESUME')
  event('BLOCK_IO_ERROR', { nospace: false })
  event('STOP')
  await seen.promise
  expect(causes).toEqual(['asked', 'io-error'])
  expect(commands).not.toContain('cont')
  await machine[Symbol.asyncDispose]()
})

test('Lets a paused guest run before it is asked to power off', async () => {
  const { vm: machine, end } = await vm()
  const paused = new Promise((resolve) => machine.on('paused', resolve))
  event('STOP')
  await paused
  const stopping = machine.stop({ graceMs: 50 })
  await new Promise<void>((resolve) => machine.on('resumed', () => resolve()))
  end({ code: 0, signal: null })
  expect(await stopping).toMatchObject({ asked: true, code: 0 })
  expect(commands).toContain('cont')
})

test('Tells its end to who listens late', async () => {
  const { vm: machine, end } = await vm()
  event('SHUTDOWN', { guest: true, reason: 'guest-reset' })
  await machine.pause()
  end({ code: 0, signal: null })
  await machine.exited
  const late = await new Promise((resolve) => machine.on('exit', resolve))
  expect(late).toMatchObject({ asked: false, reason: 'the guest restarted or its kernel panicked' })
})

test('Ends a QEMU whose accelerator cannot carry the guest on, which nothing would resume, and says so', async () => {
  const { vm: machine } = await vm()
  status = 'internal-error'
  event('STOP')
  expect(await machine.exited).toMatchObject({ asked: false, signal: 'SIGKILL', reason: expect.stringContaining('the accelerator "tcg" cannot carry this guest on') })
  expect(commands).toEqual(['qmp_capabilities', 'query-status'])
})
