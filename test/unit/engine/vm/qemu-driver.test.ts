import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { appendFile, mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { identifyProcess } from '#base/process-identity.ts'
import { CoveError } from '#contract/errors.ts'
import { createQemuDriver } from '#engine/vm/qemu-driver.ts'
import { silentLogger } from '#base/log.ts'
import { fileToHold, greeting, tinyVm } from './tiny-guest.ts'

const at = new AbortController().signal

async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'no error',
    (error: unknown) => (error instanceof CoveError ? error.code : String(error)),
  )
}

// The tiny guest is x86 code; on arm64 the same driver is covered by test/vm.
describe.skipIf(process.arch !== 'x64')('The QEMU driver', { timeout: 30_000 }, () => {
  test('starts a vm in a home with a space, a comma and an umlaut, and its guest runs', async () => {
    await using tiny = tinyVm()
    const vm = await tiny.start()
    await fileToHold(tiny.paths.logs.guest, greeting)
    expect(vm.accelerator).toBe('tcg')
    expect(await identifyProcess(vm.pid)).toBeDefined()
    expect(readFileSync(tiny.paths.logs.guest, 'utf8')).toMatch(/^--- boot \d{4}-.*Z ---\n/)
  })

  test('keeps keys out of the process list and deletes them once QEMU has read them', async () => {
    await using tiny = tinyVm()
    const vm = await tiny.start()
    const commandLine = readFileSync(`/proc/${vm.pid}/cmdline`, 'utf8')
    expect(commandLine).toContain('opt/org.cove/host-key')
    expect(commandLine).not.toContain('PRIVATE KEY')
    expect(readdirSync(tiny.paths.fwCfgDir)).toEqual([])
    expect(readFileSync(tiny.paths.vmRecord, 'utf8')).not.toContain('PRIVATE KEY')
  })

  test('gives every socket, file and folder of a vm to its owner alone', async () => {
    await using tiny = tinyVm()
    await tiny.start()
    const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8)
    const files = [tiny.paths.qmpSocket, tiny.paths.controlSocket, tiny.paths.namesSocket, tiny.paths.vmRecord, tiny.paths.dataDisk, tiny.paths.logs.guest, tiny.paths.logs.qemu]
    expect(files.map(mode)).toEqual(files.map(() => '600'))
    const folders = [tiny.paths.runDir, tiny.paths.diskDir, tiny.paths.logsDir, tiny.paths.fwCfgDir, tiny.paths.cacheDir]
    expect(folders.map(mode)).toEqual(folders.map(() => '700'))
    expect(readdirSync(tiny.paths.runDir).toSorted()).toEqual(['control.sock', 'fw_cfg', 'life.sock', 'names.sock', 'qmp.sock', 'shares.sock', 'tunnel.sock', 'vm.json'])
  })

  test('stops a guest that does not answer: asks, waits, quits; and leaves nothing behind', async () => {
    await using tiny = tinyVm()
    const vm = await tiny.start()
    const begun = performance.now()
    const [first, second] = await Promise.all([vm.stop({ graceMs: 300 }), vm.stop()])
    expect(performance.now() - begun).toBeGreaterThan(300)
    expect(performance.now() - begun).toBeLessThan(2500)
    expect(first).toMatchObject({ asked: true, code: 0 })
    expect(second).toBe(first)
    expect(await identifyProcess(vm.pid)).toBeUndefined()
    expect(readdirSync(tiny.paths.runDir)).toEqual(['fw_cfg'])
  })

  test('kills a QEMU that does not even quit', async () => {
    await using tiny = tinyVm()
    const vm = await tiny.start()
    process.kill(vm.pid, 'SIGSTOP')
    const exit = await vm.stop({ graceMs: 100 })
    expect(exit).toMatchObject({ asked: true, signal: 'SIGKILL', reason: 'the vm did not stop in time and was killed' })
  })

  test('lets a caller of stop lose patience', async () => {
    await using tiny = tinyVm()
    const vm = await tiny.start()
    const begun = performance.now()
    await vm.stop({ graceMs: 20_000, signal: AbortSignal.timeout(100) })
    expect(performance.now() - begun).toBeLessThan(3000)
  })

  test('tells why a vm ended when somebody killed QEMU, with the last words of the guest', async () => {
    await using tiny = tinyVm()
    const vm = await tiny.start()
    await fileToHold(tiny.paths.logs.guest, greeting)
    process.kill(vm.pid, 'SIGKILL')
    const exit = await vm.exited
    expect(exit).toMatchObject({ asked: false, code: null, signal: 'SIGKILL' })
    expect(exit.reason).toBe(`QEMU was ended by SIGKILL; the guest's last words: ${greeting}`)
    expect(readdirSync(tiny.paths.runDir)).toEqual(['fw_cfg'])
  })

  test('tells that the guest powered off by itself', async () => {
    await using tiny = tinyVm('power-off')
    const vm = await tiny.start()
    const told = Promise.withResolvers<string>()
    vm.on('exit', (exit) => told.resolve(exit.reason))
    expect(await told.promise).toMatch(/^the guest powered off by itself/)
  })

  test('attaches to the vm of a former engine, notices its end and can stop it', async () => {
    await using tiny = tinyVm()
    const first = await tiny.start()
    await first[Symbol.asyncDispose]()
    expect(await identifyProcess(first.pid)).toBeDefined()
    const second = await tiny.attach()
    expect(second).toMatchObject({ pid: first.pid, sshPort: first.sshPort, startedAt: first.startedAt, pausedBy: null, warnings: [] })
    await second?.[Symbol.asyncDispose]()
    const third = await tiny.attach()
    process.kill(first.pid, 'SIGKILL')
    expect(await third?.exited).toMatchObject({ asked: false, code: null, signal: null })
    expect(await tiny.attach()).toBeUndefined()
  })

  test('finds a vm paused that a former engine paused, and resumes it', async () => {
    await using tiny = tinyVm()
    const first = await tiny.start()
    await first.pause()
    await first[Symbol.asyncDispose]()
    const second = await tiny.attach()
    expect(second?.pausedBy).toBe('asked')
    const resumed = Promise.withResolvers<void>()
    second?.on('resumed', resumed.resolve)
    await second?.resume()
    await resumed.promise
    expect(second?.pausedBy).toBeNull()
    expect(await second?.stop({ graceMs: 50 })).toMatchObject({ asked: true })
  })

  test('does not take another process for its vm: a dead or reused pid, a record cut in half or empty', async () => {
    await using tiny = tinyVm()
    const vm = await tiny.start()
    const record = await readFile(tiny.paths.vmRecord, 'utf8')
    await vm.stop({ graceMs: 50 })
    const bystander = spawn('sleep', ['60'])
    const records = [record, record.replace(`"pid": ${vm.pid}`, `"pid": ${bystander.pid}`), record.slice(0, 40), '{}']
    for (const stale of records) {
      await writeFile(tiny.paths.vmRecord, stale)
      await writeFile(tiny.paths.qmpSocket, '')
      expect(await tiny.attach()).toBeUndefined()
      expect(readdirSync(tiny.paths.runDir)).toEqual([])
    }
    expect(bystander.exitCode).toBeNull()
    bystander.kill()
  })

  test('says so when a running vm cannot be reached any more', async () => {
    await using tiny = tinyVm()
    const vm = await tiny.start()
    const record = await readFile(tiny.paths.vmRecord)
    await vm[Symbol.asyncDispose]()
    execFileSync('rm', ['-r', tiny.paths.runDir])
    await mkdir(tiny.paths.runDir)
    await writeFile(tiny.paths.vmRecord, record)
    await expect(tiny.attach()).rejects.toMatchObject({ code: 'vm.start-failed', hint: expect.stringContaining(`kill ${vm.pid}`) })
    process.kill(vm.pid, 'SIGKILL')
  })

  test('refuses a second vm on the same home, also when both start at once', async () => {
    await using tiny = tinyVm()
    const other = createQemuDriver({ paths: tiny.paths, log: silentLogger })
    const both = await Promise.allSettled([tiny.start(), other.start(tiny.spec, at)])
    expect(both.map((one) => one.status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const loser = both.find((one) => one.status === 'rejected')
    expect(loser?.reason).toMatchObject({ code: 'disk.in-use' })
    expect(await codeOf(other.start(tiny.spec, at))).toBe('disk.in-use')
    const winner = both.find((one) => one.status === 'fulfilled')
    await winner?.value[Symbol.asyncDispose]()
    const vm = await tiny.attach()
    expect(vm?.pid).toBe(winner?.value.pid)
    await vm?.stop({ graceMs: 50 })
  })

  test('refuses a port that is in use when the user chose it', async () => {
    await using tiny = tinyVm()
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    await expect(tiny.start({ sshPort: port })).rejects.toMatchObject({ code: 'vm.start-failed', message: expect.stringContaining(String(port)) })
    server.close()
  })

  test('leaves nothing running when the start is cancelled, at whatever moment', async () => {
    await using tiny = tinyVm()
    const outcomes: string[] = []
    for (const ms of [0, 20, 40, 60, 80]) {
      const reason = new CoveError('operation.cancelled', { message: `cancelled after ${ms} ms` })
      const controller = new AbortController()
      setTimeout(() => controller.abort(reason), ms)
      const begin = async (): Promise<string> => {
        const vm = await tiny.driver.start(tiny.spec, controller.signal)
        await vm.stop({ graceMs: 0 })
        return 'started'
      }
      outcomes.push(await begin().catch((error: unknown) => (error === reason ? 'cancelled' : String(error))))
      expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(tiny.home)
      expect(await tiny.attach()).toBeUndefined()
    }
    expect(outcomes[0]).toBe('cancelled')
    expect(outcomes.filter((outcome) => outcome !== 'cancelled' && outcome !== 'started')).toEqual([])
  })

  test('gives up on a QEMU that hangs before its monitor answers, and ends it', async () => {
    await using tiny = tinyVm()
    const program = join(tiny.paths.home, 'qemu-hangs')
    await writeFile(program, '#!/bin/sh\n[ "$1" = --version ] && echo "QEMU emulator version 7.2.0" && exit\nexec sleep 61.5\n', { mode: 0o755 })
    const signal = AbortSignal.timeout(500)
    await expect(tiny.driver.start({ ...tiny.spec, program }, signal)).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain('sleep 61.5')
    expect(readdirSync(tiny.paths.runDir)).toEqual(['fw_cfg'])
  })

  test('reports a QEMU that cannot start with its own words', async () => {
    await using tiny = tinyVm()
    const missing = { ...tiny.spec.image, kernel: `${tiny.home}/none` }
    await expect(tiny.start({ image: missing })).rejects.toMatchObject({ code: 'vm.start-failed', message: expect.stringMatching(/ended with code 1 .*could not/i) })
    expect(await codeOf(tiny.start({ memoryMiB: 1_000_000_000 }))).toBe('vm.start-failed')
  })

  test('refuses a damaged data disk and leaves it byte for byte as it was', async () => {
    await using tiny = tinyVm()
    await (await tiny.start()).stop({ graceMs: 50 })
    await truncate(tiny.paths.dataDisk, 70_000)
    const before = await readFile(tiny.paths.dataDisk)
    expect(await codeOf(tiny.start())).toBe('disk.corrupt')
    expect((await readFile(tiny.paths.dataDisk)).equals(before)).toBe(true)
  })

  test('grows the data disk of a running vm, never shrinks it', async () => {
    await using tiny = tinyVm()
    const vm = await tiny.start()
    await vm.resizeDataDisk(6 * 1024 ** 3)
    await expect(vm.resizeDataDisk(5 * 1024 ** 3)).rejects.toMatchObject({ code: 'disk.invalid-size' })
    await vm.stop({ graceMs: 50 })
    const again = await tiny.start({ dataDiskBytes: 4 * 1024 ** 3 })
    await again.stop({ graceMs: 50 })
    expect((await readFile(tiny.paths.dataDisk)).readBigUInt64BE(24)).toBe(BigInt(6 * 1024 ** 3))
  })

  test('caps the serial log at boot', async () => {
    await using tiny = tinyVm()
    await mkdir(tiny.paths.logsDir)
    await appendFile(tiny.paths.logs.guest, 'old line\n'.repeat(2_500_000))
    await tiny.start()
    expect((await stat(tiny.paths.logs.guest)).size).toBeLessThan(11 * 1024 * 1024)
    await fileToHold(tiny.paths.logs.guest, greeting)
  })
})
