import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { checkDataDisk, dataDiskUsage, growDataDisk, prepareDataDisk } from '#engine/vm/data-disk.ts'
import { parseQcow2Header } from '#engine/vm/qcow2.ts'

const gib = 1024 ** 3
let dir: string
let path: string
let filled: string
const request = (bytes: number) => ({ path, bytes, qemuImg: async () => 'qemu-img' })

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'cove-disk-'))
  filled = join(dir, 'filled.qcow2')
  // Data in three places of the disk, so that there are three second-level tables.
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', filled, '8G'])
  const writes = ['0', '2G', '7G'].flatMap((at) => ['-c', `write -q -P 7 ${at} 1M`])
  execFileSync('qemu-io', ['-f', 'qcow2', ...writes, filled])
})
beforeEach(() => {
  path = join(dir, 'data, ü.qcow2')
  rmSync(path, { force: true })
})
afterAll(() => rmSync(dir, { recursive: true }))

describe('The data disk', () => {
  test('is made sparse, for its owner alone, and found fine by qemu-img', async () => {
    await prepareDataDisk(request(64 * gib))
    const usage = await dataDiskUsage(path)
    expect(usage?.capacityBytes).toBe(64 * gib)
    expect(usage?.allocatedBytes).toBeLessThan(1024 * 1024)
    expect(usage?.hostFreeBytes).toBeGreaterThan(0)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    execFileSync('qemu-img', ['check', '-q', '-f', 'qcow2', path])
    expect(readdirSync(dir).filter((name) => name.endsWith('.new'))).toEqual([])
  })

  test('is grown when it is smaller than asked, and never shrunk', async () => {
    await prepareDataDisk(request(4 * gib))
    await prepareDataDisk(request(9 * gib))
    await prepareDataDisk(request(5 * gib))
    expect(await checkDataDisk(path)).toBe(9 * gib)
    await expect(growDataDisk(request(8 * gib))).rejects.toMatchObject({ code: 'disk.invalid-size', message: expect.stringContaining('9 GiB and cannot shrink to 8 GiB') })
  })

  test('is made once when two starts race for it', async () => {
    await Promise.all([prepareDataDisk(request(4 * gib)), prepareDataDisk(request(4 * gib))])
    expect(await checkDataDisk(path)).toBe(4 * gib)
    expect(readdirSync(dir).filter((name) => name.startsWith('data'))).toEqual(['data, ü.qcow2'])
  })

  test('cannot be grown behind the back of the process that has it open', async () => {
    await prepareDataDisk(request(4 * gib))
    const holder = spawn('qemu-io', ['-f', 'qcow2', path], { stdio: ['pipe', 'pipe', 'ignore'] })
    holder.stdin.write('write -q 0 64k\nlength\n')
    await once(holder.stdout, 'data')
    await expect(growDataDisk(request(8 * gib))).rejects.toMatchObject({ code: 'disk.in-use' })
    holder.stdin.end()
    await once(holder, 'exit')
    await growDataDisk(request(8 * gib))
  })

  test('is measured while another process writes to it, whatever its tables look like then', async () => {
    await prepareDataDisk(request(4 * gib))
    const holder = spawn('qemu-io', ['-f', 'qcow2', path], { stdio: ['pipe', 'ignore', 'ignore'] })
    const ended = once(holder, 'exit')
    for (let i = 0; i < 400; i++) holder.stdin.write(`write -q ${i * 8}M 64k\n`)
    holder.stdin.end('quit\n')
    let isOver = false
    void ended.then(() => (isOver = true))
    let looks = 0
    for (; !isOver; looks++) expect((await dataDiskUsage(path))?.capacityBytes).toBe(4 * gib)
    expect(looks).toBeGreaterThan(1)
    expect(await checkDataDisk(path)).toBe(4 * gib)
  })

  test('with data in it passes', async () => {
    copyFileSync(filled, path)
    expect(await checkDataDisk(path)).toBe(8 * gib)
    expect((await dataDiskUsage(path))?.allocatedBytes).toBeGreaterThan(3 * 1024 * 1024)
  })

  test('is refused wherever it was cut off, and left as it is', async () => {
    const size = statSync(filled).size
    // The last cut keeps the tables and loses data only; a cut inside the last cluster is as QEMU leaves files.
    for (const bytes of [0, 3, 50, 103, 104, 65_536, 200_000, 400_000, 1_500_000, size - 70_000]) {
      copyFileSync(filled, path)
      truncateSync(path, bytes)
      const before = readFileSync(path)
      await expect(prepareDataDisk(request(9 * gib)), `${bytes} bytes`).rejects.toMatchObject({ code: 'disk.corrupt', hint: expect.stringContaining('reset --data') })
      expect(readFileSync(path).equals(before)).toBe(true)
    }
  })

  test('is refused when its header is damaged or asks QEMU to read other files', async () => {
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', '/etc/passwd', '-F', 'raw', path])
    await expect(checkDataDisk(path)).rejects.toThrow('backing file')
    writeFileSync(path, Buffer.alloc(1_000_000, 'x'))
    await expect(checkDataDisk(path)).rejects.toThrow('does not begin with a qcow2 header')
  })
})

describe('A qcow2 header', () => {
  const damage = (change: (bytes: Buffer) => void): string | object => {
    const bytes = Buffer.from(readFileSync(filled).subarray(0, 104))
    change(bytes)
    return parseQcow2Header(bytes)
  }

  test.each<[string, (bytes: Buffer) => void, RegExp]>([
    ['of version 2', (bytes) => bytes.writeUInt32BE(2, 4), /version is 2/],
    ['marked corrupt', (bytes) => bytes.writeBigUInt64BE(2n, 72), /marked it as corrupt/],
    ['with an external data file', (bytes) => bytes.writeBigUInt64BE(4n, 72), /features/],
    ['with an impossible cluster size', (bytes) => bytes.writeUInt32BE(40, 20), /cluster size/],
    ['with a table too short for its capacity', (bytes) => bytes.writeUInt32BE(1, 36), /does not fit/],
    ['with a monstrous table', (bytes) => bytes.writeUInt32BE(0xffff_ffff, 36), /does not fit/],
    ['with a table at an odd place', (bytes) => bytes.writeBigUInt64BE(12_345n, 40), /tables/],
    ['that is encrypted', (bytes) => bytes.writeUInt32BE(1, 32), /encrypted/],
  ])('%s is refused', (_what, change, why) => {
    expect(damage(change)).toMatch(why)
  })

  test('left dirty by a crash is QEMU\'s to repair', () => {
    expect(damage((bytes) => bytes.writeBigUInt64BE(1n, 72))).toMatchObject({ capacityBytes: 8 * gib })
  })
})
