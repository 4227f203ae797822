import { existsSync } from 'node:fs'
import { open, readdir, readFile, stat } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { identifyProcess } from '#base/process-identity.ts'
import { covePaths } from '#base/paths.ts'
import { image, removeLater, uniqueName } from '../fixtures/containers.ts'
import { endEngine, engineEvents } from '../fixtures/engine.ts'
import { coveOk, dockerOk, status } from '../fixtures/run.ts'

/** Fifty with COVE_TEST_FULL=1; three tell the same, only less surely. */
const rounds = process.env['COVE_TEST_FULL'] === '1' ? 50 : 3

beforeAll(() => coveOk(['start', '--wait'], { timeoutMs: 280_000 }))
afterAll(() => coveOk(['config', 'unset', 'sleep.afterMin']))

// Each story begins where the one before it ended.
describe('sleep', () => {
  it(`S10 S9 a vm with a stopped container sleeps and wakes by docker ps, ${rounds} times, its data and clock right`, async () => {
    const [name, volume] = [uniqueName('stopped'), uniqueName('vol')]
    await using _volume = removeLater('volume', volume)
    await dockerOk(['run', '--name', name, '-v', `${volume}:/data`, image, 'sh', '-c', 'echo 0 > /data/n; echo ended'])
    const boot = await coveOk(['shell', '--', 'cat', '/proc/sys/kernel/random/boot_id'])
    for (let round = 1; round <= rounds; round++) {
      const { vm } = await status()
      await coveOk(['sleep'])
      expect(await status()).toMatchObject({ state: 'sleeping', step: null, vm: null })
      expect(await identifyProcess(vm?.pid ?? 0)).toBeUndefined()
      const began = performance.now()
      expect(await dockerOk(['ps', '-a', '--filter', `name=${name}`, '--format', '{{.Names}} {{.State}}'])).toBe(`${name} exited`)
      const wokenMs = performance.now() - began
      const skewMs = await guestSkewMs()
      console.log(`round ${round}: awake and answered after ${Math.round(wokenMs)} ms, clock off by ${skewMs} ms`)
      expect(skewMs).toBeLessThanOrEqual(1000)
      expect(await savedFiles()).toEqual([])
      expect(await dockerOk(['run', '--rm', '-v', `${volume}:/data`, image, 'sh', '-c', `cat /data/n; echo ${round} > /data/n`])).toBe(String(round - 1))
    }
    expect(await coveOk(['shell', '--', 'cat', '/proc/sys/kernel/random/boot_id'])).toBe(boot)
    expect(await dockerOk(['start', '-a', name])).toBe('ended')
    // What the guest could do of the next login was done before each sleep.
    expect(await readFile(covePaths(inject('cove').home).logs.engine, 'utf8')).not.toContain('the vm wakes a little later')
    await dockerOk(['rm', name])
  })

  it('an engine that is killed while the vm sleeps leaves it asleep; the next one wakes it', async () => {
    await coveOk(['sleep'])
    const [event] = await engineEvents('engine.sleeping')
    await endEngine('SIGKILL')
    const now = await status()
    expect(now).toMatchObject({ state: 'sleeping', vm: null })
    expect(Math.abs(Date.parse(now.since) - Date.parse(event?.at ?? ''))).toBeLessThan(5000)
    expect(await dockerOk(['version', '--format', '{{.Server.Os}}'])).toBe('linux')
    expect((await status()).state).toBe('running')
  })

  it('memory that was damaged is not used: the vm boots, and nothing on its disk is lost', async () => {
    const volume = uniqueName('vol')
    await using _volume = removeLater('volume', volume)
    // Written, but never synced by whoever wrote it.
    await dockerOk(['run', '--rm', '-v', `${volume}:/data`, image, 'sh', '-c', 'echo precious > /data/file'])
    await coveOk(['sleep'])
    await flipByteInTheMiddle(covePaths(inject('cove').home).savedMemory)
    expect(await dockerOk(['run', '--rm', '-v', `${volume}:/data`, image, 'cat', '/data/file'], { timeoutMs: 280_000 })).toBe('precious')
    expect((await engineEvents('vm.saved-discarded'))[0]?.detail).toEqual({ reason: expect.stringContaining('damaged') as string })
  })

  it('a stop ends the sleep: a vm with containers runs on just to power off in order, and nothing is left', async () => {
    await dockerOk(['run', '-d', '--rm', image, 'sh', '-c', 'trap exit TERM; sleep 900 & wait'])
    await coveOk(['sleep'])
    await coveOk(['stop'])
    expect(await status()).toMatchObject({ state: 'off', vm: null })
    expect(await savedFiles()).toEqual([])
    // The guest's last line: services ended, disk unmounted.
    const { logs } = covePaths(inject('cove').home)
    const boots = (await readFile(logs.guest, 'utf8')).split(/^--- boot .*$/m)
    expect(boots.at(-1)).toMatch(/cove: power off after \d+ ms/)
  })
})

/** How far the guest's clock is off the host's at most, in ms. */
async function guestSkewMs(): Promise<number> {
  const sent = Date.now()
  const guest = Date.parse(await dockerOk(['info', '--format', '{{.SystemTime}}']))
  return Math.max(sent - guest, guest - Date.now(), 0)
}

async function savedFiles(): Promise<string[]> {
  const { savedDir } = covePaths(inject('cove').home)
  return existsSync(savedDir) ? await readdir(savedDir) : []
}

async function flipByteInTheMiddle(path: string): Promise<void> {
  const at = Math.floor((await stat(path)).size / 2)
  await using file = await open(path, 'r+')
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at)
  buffer.writeUInt8(buffer.readUInt8(0) ^ 0xff, 0)
  await file.write(buffer, 0, 1, at)
}
