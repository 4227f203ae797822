import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { appendFile, cp, readFile, rename, truncate, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { identifyProcess } from '#base/process-identity.ts'
import { CoveError } from '#contract/errors.ts'
import type { VmSpec } from '#engine/vm/driver.ts'
import { fileToHold, greeting, tinyVm, type TinyVm } from './tiny-guest.ts'

const at = new AbortController().signal
const note = { containers: 3, ports: [{ hostAddress: '127.0.0.1', hostPort: 8080 }] }

/** A tiny vm that sleeps. */
async function asleep(tiny: TinyVm): Promise<{ pid: number; sshPort: number }> {
  const vm = await tiny.start()
  await fileToHold(tiny.paths.logs.guest, greeting)
  await vm.save({ note, signal: at })
  return { pid: vm.pid, sshPort: vm.sshPort }
}

async function restored(tiny: TinyVm, changes: Partial<VmSpec> = {}) {
  return await tiny.driver.restore({ ...tiny.spec, ...changes }, at)
}

/** How often the guest began from the beginning. */
function greetings(tiny: TinyVm): number {
  return readFileSync(tiny.paths.logs.guest, 'utf8').split(greeting).length - 1
}

// The tiny guest is x86 code; on arm64 the same driver is covered by test/vm.
describe.skipIf(process.arch !== 'x64')('Saving and restoring', { timeout: 30_000 }, () => {
  test('a saved vm is gone as asked, and runs on where it was; what was saved is gone with that', async () => {
    await using tiny = tinyVm()
    const vm = await tiny.start()
    await fileToHold(tiny.paths.logs.guest, greeting)
    await vm.save({ note, signal: at })
    expect(await vm.exited).toMatchObject({ asked: true, code: 0 })
    expect(await identifyProcess(vm.pid)).toBeUndefined()
    expect(readdirSync(tiny.paths.runDir)).toEqual(['fw_cfg'])
    const saved = await tiny.driver.saved()
    expect(saved).toMatchObject({ note, bytes: statSync(tiny.paths.savedMemory).size })
    const result = await restored(tiny)
    if (!('vm' in result)) throw new Error(result.unfit)
    expect(result.vm).toMatchObject({ sshPort: vm.sshPort, pausedBy: null })
    expect(existsSync(tiny.paths.savedRecord)).toBe(false)
    expect(await tiny.driver.saved()).toBeUndefined()
    expect(greetings(tiny)).toBe(1)
    await result.vm[Symbol.asyncDispose]()
    expect(readdirSync(tiny.paths.savedDir)).toEqual([])
    expect(readFileSync(tiny.paths.vmRecord, 'utf8')).not.toContain('phase')
    const again = await tiny.attach()
    expect(again?.pausedBy).toBeNull()
    await again?.stop({ graceMs: 50 })
  })

  test('its memory belongs to its owner alone', async () => {
    await using tiny = tinyVm()
    await asleep(tiny)
    const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8)
    expect([tiny.paths.savedDir, tiny.paths.savedMemory, tiny.paths.savedRecord].map(mode)).toEqual(['700', '600', '600'])
    expect(readFileSync(tiny.paths.savedRecord, 'utf8')).not.toContain('PRIVATE KEY')
  })

  test('it can sleep and wake again and again, also under another engine', async () => {
    await using tiny = tinyVm()
    await asleep(tiny)
    for (let round = 0; round < 3; round++) {
      const result = await restored(tiny)
      if (!('vm' in result)) throw new Error(result.unfit)
      await result.vm[Symbol.asyncDispose]()
      const vm = await tiny.attach()
      await vm?.save({ note, signal: at })
    }
    expect(greetings(tiny)).toBe(1)
    expect((await tiny.driver.saved())?.note).toEqual(note)
  })

  const changes: [string, RegExp, (tiny: TinyVm) => Promise<Partial<VmSpec> | void>][] = [
    ['the memory size is another one', /settings or devices/, async () => ({ memoryMiB: 96 })],
    ['the number of CPUs is another one', /settings or devices/, async () => ({ cpus: 2 })],
    ['the guest image is another one', /guest image/, async (tiny) => ({ image: { ...tiny.spec.image, recipe: 'other' } })],
    ['QEMU is another build', /QEMU is another one/, async (tiny) => editRecord(tiny, (record) => (record.fingerprint.qemu += 'x'))],
    ['the computer is another one', /computer or its system/, async (tiny) => editRecord(tiny, (record) => (record.fingerprint.host = 'a VAX'))],
    ['the data disk was written to', /data disk was changed/, async (tiny) => appendFile(tiny.paths.dataDisk, Buffer.alloc(512))],
    ['the data disk is an older copy', /data disk was changed/, async (tiny) => utimes(tiny.paths.dataDisk, new Date(0), new Date(0))],
    ['the memory is cut short', /bytes instead of/, async (tiny) => truncate(tiny.paths.savedMemory, 100_000)],
    ['a byte of the memory is wrong', /damaged/, async (tiny) => flipByte(tiny.paths.savedMemory)],
    ['the memory is missing', /bytes instead of/, async (tiny) => rename(tiny.paths.savedMemory, `${tiny.home}/elsewhere`)],
    ['the record cannot be read', /none that is whole/, async (tiny) => writeFile(tiny.paths.savedRecord, '{"format": 1, "sav')],
    ['the port was chosen anew', /settings or devices/, async () => ({ sshPort: 65_431 })],
  ]

  test.for(changes)('it is discarded when %s, and a start boots', async ([, why, change]) => {
    await using tiny = tinyVm()
    await asleep(tiny)
    const result = await restored(tiny, (await change(tiny)) ?? {})
    expect(result).toEqual({ unfit: expect.stringMatching(why) })
    expect(readdirSync(tiny.paths.savedDir).filter((name) => name !== 'elsewhere')).toEqual([])
    const vm = await tiny.start()
    expect(vm.pausedBy).toBeNull()
    await vm.stop({ graceMs: 50 })
  })

  test('it is discarded when another program has taken its port', async () => {
    await using tiny = tinyVm()
    const { sshPort } = await asleep(tiny)
    const server = createServer().listen(sshPort, '127.0.0.1')
    await once(server, 'listening')
    expect(await restored(tiny)).toEqual({ unfit: expect.stringContaining(`port ${sshPort}`) })
    server.close()
  })

  test('a vm that could not be saved sleeps without memory, and to wake is to boot', async () => {
    await using tiny = tinyVm()
    await tiny.driver.saveNothing({ containers: 0, ports: [] })
    expect(await tiny.driver.saved()).toMatchObject({ bytes: 0 })
    expect(await restored(tiny)).toEqual({ unfit: 'it was not saved with its memory' })
    expect(await tiny.driver.saved()).toBeUndefined()
  })

  test('a start discards what was saved: it would not fit the disk any more', async () => {
    await using tiny = tinyVm()
    await asleep(tiny)
    const vm = await tiny.start()
    expect(await tiny.driver.saved()).toBeUndefined()
    expect(existsSync(tiny.paths.savedMemory)).toBe(false)
    await vm.stop({ graceMs: 50 })
  })

  test('a save that is cancelled leaves the guest running and keeps nothing', async () => {
    await using tiny = tinyVm()
    const vm = await tiny.start()
    const reason = new Error('somebody came')
    for (const ms of [0, 5, 10, 20]) {
      const saving = vm.save({ note, signal: AbortSignal.any([at, abortAfter(ms, reason)]) })
      const outcome = await saving.then(() => 'saved', (error: unknown) => error)
      if (outcome === 'saved') break
      expect(outcome).toBe(reason)
      expect(vm.pausedBy).toBeNull()
      expect(readdirSync(tiny.paths.savedDir)).toEqual([])
      expect(readFileSync(tiny.paths.vmRecord, 'utf8')).not.toContain('phase')
    }
  })

  test('a restore that is cancelled leaves no process and keeps the saved memory', async () => {
    await using tiny = tinyVm()
    await asleep(tiny)
    const reason = new Error('the engine ends')
    for (const ms of [0, 60, 90, 120, 150]) {
      const outcome = await tiny.driver.restore(tiny.spec, abortAfter(ms, reason)).catch((error: unknown) => error)
      if (outcome !== reason) {
        // It was quicker than the signal.
        const woken = outcome as Awaited<ReturnType<typeof tiny.driver.restore>>
        if ('vm' in woken) await woken.vm.stop({ graceMs: 0 })
        break
      }
      expect(await tiny.attach()).toBeUndefined()
      expect(await tiny.driver.saved()).toMatchObject({ note })
    }
  })

  test('it does not run on beside a guest image that turns out to be damaged, and sleeps on', async () => {
    await using tiny = tinyVm()
    await asleep(tiny)
    const damaged = new CoveError('image.corrupt', { message: 'the root image is damaged' })
    const verified = Promise.reject(damaged)
    verified.catch(() => undefined)
    await expect(restored(tiny, { image: { ...tiny.spec.image, verified } })).rejects.toBe(damaged)
    expect(existsSync(tiny.paths.vmRecord)).toBe(false)
    expect(await tiny.driver.saved()).toMatchObject({ note })
    const result = await restored(tiny)
    if (!('vm' in result)) throw new Error(result.unfit)
    await result.vm.stop({ graceMs: 50 })
  })

  test('QEMU killed while it saves leaves nothing that could be resumed', async () => {
    await using tiny = tinyVm()
    const vm = await tiny.start()
    const saving = vm.save({ note, signal: at })
    process.kill(vm.pid, 'SIGKILL')
    await expect(saving).rejects.toMatchObject({ code: expect.stringMatching(/^vm\./) })
    await vm.exited
    expect(await tiny.driver.saved()).toBeUndefined()
    expect(await tiny.attach()).toBeUndefined()
    await (await tiny.start()).stop({ graceMs: 50 })
  })

  test('an engine killed while it saved: the next one lets the vm run on', async () => {
    await using tiny = tinyVm()
    const vm = await tiny.start()
    await vm.pause()
    await vm[Symbol.asyncDispose]()
    await setPhase(tiny, 'saving')
    await writeFile(`${tiny.paths.savedMemory}.new`, 'half').catch(() => undefined)
    const next = await tiny.attach()
    expect(next).toMatchObject({ pid: vm.pid, pausedBy: null })
    expect(readFileSync(tiny.paths.vmRecord, 'utf8')).not.toContain('phase')
    await next?.stop({ graceMs: 50 })
  })

  test('an engine killed while it woke the vm: it sleeps on, and wakes with the next', async () => {
    await using tiny = tinyVm()
    await asleep(tiny)
    await cp(tiny.paths.savedDir, `${tiny.home}/copy`, { recursive: true, preserveTimestamps: true })
    const half = await restored(tiny)
    if (!('vm' in half)) throw new Error(half.unfit)
    await half.vm[Symbol.asyncDispose]()
    // As it was when the engine died: QEMU runs, what it was loaded from still counts.
    await cp(`${tiny.home}/copy`, tiny.paths.savedDir, { recursive: true, preserveTimestamps: true })
    await setPhase(tiny, 'restoring')
    expect(await tiny.attach()).toBeUndefined()
    expect(await identifyProcess(half.vm.pid)).toBeUndefined()
    expect(await tiny.driver.saved()).toMatchObject({ note })
    const woken = await restored(tiny)
    if (!('vm' in woken)) throw new Error(woken.unfit)
    await woken.vm.stop({ graceMs: 50 })
    expect(greetings(tiny)).toBe(1)
  })
})

interface AnyRecord {
  fingerprint: { qemu: string; host: string }
}

async function editRecord(tiny: TinyVm, edit: (record: AnyRecord) => void): Promise<void> {
  const record = JSON.parse(await readFile(tiny.paths.savedRecord, 'utf8')) as AnyRecord
  edit(record)
  await writeFile(tiny.paths.savedRecord, JSON.stringify(record))
}

async function setPhase(tiny: TinyVm, phase: string): Promise<void> {
  const record = JSON.parse(await readFile(tiny.paths.vmRecord, 'utf8')) as object
  await writeFile(tiny.paths.vmRecord, JSON.stringify({ ...record, phase }))
}

async function flipByte(path: string): Promise<void> {
  const bytes = await readFile(path)
  bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 0xff, bytes.length >> 1)
  await writeFile(path, bytes)
}

function abortAfter(ms: number, reason: Error): AbortSignal {
  const controller = new AbortController()
  setTimeout(() => controller.abort(reason), ms)
  return controller.signal
}
