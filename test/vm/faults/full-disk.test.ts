import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { connectEngine, type EngineClient } from '#base/engine-client.ts'
import { covePaths } from '#base/paths.ts'
import type { Status } from '#contract/state.ts'
import { image } from '../fixtures/containers.ts'
import { untilStatus } from '../fixtures/engine.ts'
import { smallDisk } from '../fixtures/small-disk.ts'
import { cove, coveOk, docker, dockerOk } from '../fixtures/run.ts'

const mebibyte = 1024 ** 2
/** A clock that nobody sets again would be off by as much; minutes with COVE_TEST_FULL=1. */
const pauseMs = process.env['COVE_TEST_FULL'] === '1' ? 120_000 : 60_000
let pausedAt: number | undefined

// The shared vm stands still while another one is put to the test: that saves its minute, and leaves the two cores to the other.
beforeAll(async () => {
  await using client = await connectEngine({ paths: covePaths(inject('cove').home) })
  await client.api.engine.pause()
  pausedAt = performance.now()
})
afterAll(resume)

// Mounting a file system of one's own is root's.
describe.skipIf(process.getuid?.() !== 0)('a full host disk', () => {
  it('S5 the engine starts on a disk without a free block, says what it cannot keep, and makes room', async () => {
    await using disk = await smallDisk(24 * mebibyte)
    const env = { COVE_HOME: join(disk.path, 'h') }
    await coveOk(['config', 'list'], { env })
    await coveOk(['stop', '--engine'], { env })
    await coveOk(['reset', '--all', '--yes'], { env })
    await coveOk(['stop', '--engine'], { env })
    await disk.fillBut(64 * 1024)
    await coveOk(['config', 'list'], { env })
    const status = JSON.parse(await coveOk(['status', '--json'], { env })) as Status
    expect(status.warnings).toEqual([expect.stringMatching(/is full: what happens from now on is not kept/)])
    const refused = await cove(['config', 'set', 'vm.cpus', '3'], { env })
    expect(refused).toMatchObject({ exitCode: 7, stderr: expect.stringContaining('no space left') })
    expect(await coveOk(['config', 'get', 'vm.cpus'], { env })).toBe('2')
    await coveOk(['reset', '--all', '--yes'], { env })
  })

  it('S5 a vm whose disk cannot grow pauses, says so, goes on by itself when there is room, and has lost nothing', async () => {
    // What it takes here is small on purpose: a kernel in the cache, a disk that grows by what is written.
    await using disk = await smallDisk(1536 * mebibyte)
    const home = join(disk.path, 'h')
    const env = { COVE_HOME: home, DOCKER_HOST: `unix://${join(home, 'docker.sock')}` }
    await coveOk(['config', 'set', 'vm.memoryMiB', '1024'], { env })
    try {
      await coveOk(['start', '--wait'], { env, timeoutMs: 280_000 })
      await using engine = await connectEngine({ paths: covePaths(home) })
      await disk.fillBut(100 * mebibyte)
      const unsaved = await cove(['sleep'], { env })
      expect(unsaved).toMatchObject({ exitCode: 7, stderr: expect.stringMatching(/MiB free; saving 1024 MiB/) })
      const paused = untilWarned(engine, true)
      // Random, so that nothing on the way can store it in less; its sum is taken before it is written.
      const writing = docker(['run', '--rm', '-v', 'big:/data', image, 'sh', '-c', 'head -c 8388608 /dev/urandom > /tmp/a; for i in $(seq 32); do cat /tmp/a; done | tee /data/big | sha256sum; sync'], { env, timeoutMs: 240_000 })
      expect(await paused).toContain('The host disk is full: the vm is paused, nothing is lost. It goes on by itself when there is room.')
      const resumed = untilWarned(engine, false)
      await disk.empty()
      await resumed
      const written = await writing
      expect(written.exitCode, written.stderr).toBe(0)
      expect(await dockerOk(['run', '--rm', '-v', 'big:/data', image, 'sh', '-c', 'echo 3 > /proc/sys/vm/drop_caches 2>/dev/null; sha256sum < /data/big'], { env })).toBe(written.stdout.trim())
    } finally {
      await cove(['stop', '--engine'], { env })
    }
  })
})

describe('a vm that stands still', () => {
  it(`S9 has the right time again after ${pauseMs / 1000} s`, async () => {
    expect(pausedAt).toBeDefined()
    await after(Math.max(0, pauseMs - (performance.now() - (pausedAt ?? 0))))
    await resume()
    await using _set = await untilStatus(({ warnings }) => !warnings.some((warning) => warning.includes('paused')))
    const skews: number[] = []
    for (let i = 0; i < 3; i++) {
      const sent = Date.now()
      const guest = Date.parse(await dockerOk(['info', '--format', '{{.SystemTime}}']))
      skews.push(Math.max(sent - guest, guest - Date.now(), 0))
    }
    console.log(`clock off by ${skews.join(', ')} ms after a pause of ${pauseMs / 1000} s at least`)
    expect(Math.min(...skews)).toBeLessThanOrEqual(1000)
  })
})

/** The shared vm runs on; harmless when it does. */
async function resume(): Promise<void> {
  if (pausedAt === undefined) return
  pausedAt = undefined
  await using client = await connectEngine({ paths: covePaths(inject('cove').home) })
  await client.api.engine.resume()
}

/** The warnings of the first status that has, or has no longer, one about a full disk. */
async function untilWarned({ api }: EngineClient, isFull: boolean): Promise<string[]> {
  for await (const { warnings } of await api.engine.watch(undefined, { signal: AbortSignal.timeout(120_000) })) {
    if (warnings.some((warning) => warning.includes('disk is full')) === isFull) return warnings
  }
  throw new Error('the engine ended')
}
