import { describe, expect, it } from 'vitest'
import { DiskReclaimed, DiskUsage } from '#contract/disk.ts'
import { image, removeLater, uniqueName } from './fixtures/containers.ts'
import { cove, coveOk, dockerOk } from './fixtures/run.ts'

const mebibyte = 1024 * 1024

describe('cove disk', () => {
  it('reclaim gives the room of deleted data back to the host', async () => {
    const volume = uniqueName('filled')
    await using _volume = removeLater('volume', volume)
    await coveOk(['disk', 'reclaim'])
    const before = await usage()
    // Random bytes, so that nothing on the way can store them in less room.
    await dockerOk(['run', '--rm', '-v', `${volume}:/data`, image, 'sh', '-c', 'head -c 16777216 /dev/urandom > /tmp/a && for i in $(seq 19); do cat /tmp/a; done > /data/file && sync'], { timeoutMs: 240_000 })
    const filled = await usage()
    expect(filled.allocatedBytes - before.allocatedBytes).toBeGreaterThan(250 * mebibyte)
    expect(filled.guestUsedBytes ?? 0).toBeGreaterThan((before.guestUsedBytes ?? 0) + 250 * mebibyte)
    await dockerOk(['volume', 'rm', volume])
    const reclaimed = DiskReclaimed.parse(JSON.parse(await coveOk(['disk', 'reclaim', '--json'], { timeoutMs: 240_000 })))
    // Docker deletes in the guest at once but ext4 may have handed blocks back before; what counts is what is left.
    expect(reclaimed.afterBytes - before.allocatedBytes).toBeLessThan(32 * mebibyte)
    expect((await usage()).allocatedBytes).toBeLessThanOrEqual(reclaimed.afterBytes + mebibyte)
  })

  it('resize grows the disk and the file system on it while the vm runs, and refuses to shrink', async () => {
    const before = await usage()
    const sizeGiB = before.capacityBytes / 1024 ** 3 + 8
    const blocks = () => coveOk(['shell', '--', 'sh', '-c', "df -k /var/lib/cove | awk 'END { print $2 }'"])
    const kibibytes = Number(await blocks())
    const grown = DiskUsage.parse(JSON.parse(await coveOk(['disk', 'resize', `${sizeGiB}G`, '--json'])))
    expect(grown.capacityBytes).toBe(sizeGiB * 1024 ** 3)
    expect(Number(await blocks()) - kibibytes).toBeGreaterThan(7 * mebibyte)
    const refused = await cove(['disk', 'resize', `${sizeGiB - 1}`])
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('cannot shrink') })
    expect((await usage()).capacityBytes).toBe(grown.capacityBytes)
  })
})

async function usage(): Promise<DiskUsage> {
  return DiskUsage.parse(JSON.parse(await coveOk(['disk', 'usage', '--json'])))
}
