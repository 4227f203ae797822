import { createHash } from 'node:crypto'
import { cp, mkdir, open, readdir, readFile, realpath, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { checkout } from '#scripts/checkout.ts'
import { processesNaming, temporaryFolder } from '../fixtures/host.ts'
import { ownHome, type OwnHome } from '../fixtures/own-home.ts'
import { cove } from '../fixtures/run.ts'

// All but the last are refused before QEMU starts.
describe('damaged images', () => {
  it.for(['kernel', 'initrd', 'root'] as const)('S6 a guest image with one flipped byte in its %s is refused, named, and the data disk is untouched', async (artefact) => {
    await using guest = await copyOfGuest()
    const file = join(guest.path, await artefactFile(guest.path, artefact))
    await flipByte(file)
    await using own = await ownHome({ COVE_GUEST_DIR: guest.path })
    const disk = await makeDisk(own)
    const refused = await refusedStart(own, 6)
    expect(refused).toContain(`"${file}"`)
    expect(refused).toMatch(/damaged: expected sha256 [0-9a-f]{64}, found sha256 [0-9a-f]{64}/)
    expect(await sha256(disk.path)).toBe(disk.sha256)
  })

  it('S6 a guest image that was cut off or lost a file is refused', async () => {
    await using guest = await copyOfGuest()
    const root = join(guest.path, await artefactFile(guest.path, 'root'))
    await truncate(root, (await stat(root)).size - 4096)
    await using own = await ownHome({ COVE_GUEST_DIR: guest.path })
    expect(await refusedStart(own, 6)).toContain('damaged')
    await using gone = await ownHome({ COVE_GUEST_DIR: join(guest.path, 'nowhere') })
    expect(await refusedStart(gone, 6)).toContain('nowhere')
  })
})

describe('damaged data disks', () => {
  it.for([
    ['a flipped byte in its magic', (path: string) => flipByte(path, 1)],
    ['a backing file in its header', (path: string) => writeAt(path, 8, Buffer.from([0, 0, 0, 0, 0, 0, 1, 0]))],
    ['an impossible cluster size', (path: string) => writeAt(path, 20, Buffer.from([0, 0, 0, 60]))],
    ['its corrupt mark set', (path: string) => writeAt(path, 72, Buffer.from([0, 0, 0, 0, 0, 0, 0, 2]))],
    ['a cut-off header', (path: string) => truncate(path, 60)],
    ['cut-off tables', (path: string) => truncate(path, 70_000)],
    ['cut-off data', async (path: string) => truncate(path, (await stat(path)).size - 256 * 1024)],
    ['nothing in it', (path: string) => truncate(path, 0)],
  ] as const)('S6 a data disk with %s is refused, named, and stays as it is byte for byte', async ([, damage]) => {
    await using own = await ownHome()
    const { path } = await makeDisk(own)
    await damage(path)
    const before = await sha256(path)
    const refused = await refusedStart(own, 7)
    expect(refused).toContain(`"${path}"`)
    expect(await sha256(path)).toBe(before)
    expect(await readdir(join(own.home, 'disk'))).toEqual(['data.qcow2'])
  })

  it('S6 a data disk that holds something else is refused by the guest, not formatted, and stays as it is byte for byte', async () => {
    await using own = await ownHome()
    const { path, sha256: before } = await makeDisk(own)
    await cove(['config', 'set', 'vm.memoryMiB', '768'], { env: own.env })
    expect(await refusedStart(own, 5)).toContain('mounting the data disk')
    expect(await sha256(path)).toBe(before)
  })
})

/** Starts, expects the failure with this exit code, that the state tells it too, and that no vm runs; what was said. */
async function refusedStart(own: OwnHome, exitCode: number): Promise<string> {
  const ran = await cove(['start', '--wait'], { env: own.env })
  expect(ran.exitCode, ran.stderr).toBe(exitCode)
  const told = JSON.parse((await cove(['status', '--json'], { env: own.env })).stdout) as { state: string; reason: string; hint: string }
  expect(told).toMatchObject({ state: 'failed', hint: expect.stringMatching(/./) })
  expect(ran.stderr).toContain(told.reason)
  expect(await processesNaming(join(own.home, 'disk'))).toEqual([])
  return told.reason
}

/** A real data disk with some data, as QEMU's own tools make it. */
async function makeDisk({ home }: OwnHome): Promise<{ path: string; sha256: string }> {
  const path = join(home, 'disk', 'data.qcow2')
  await mkdir(join(home, 'disk'), { recursive: true, mode: 0o700 })
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', path, '64G'])
  await execa('qemu-io', ['-f', 'qcow2', '-c', 'write -P 7 0 1M', path])
  return { path, sha256: await sha256(path) }
}

async function copyOfGuest() {
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64'
  const folder = await temporaryFolder()
  await cp(await realpath(process.env['COVE_GUEST_DIR'] ?? join(checkout, 'dist/guest', arch)), folder.path, { recursive: true })
  return folder
}

async function artefactFile(dir: string, artefact: 'kernel' | 'initrd' | 'root'): Promise<string> {
  const manifest = JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8')) as { artefacts: Record<string, { file: string }> }
  return manifest.artefacts[artefact]?.file ?? ''
}

async function flipByte(path: string, at?: number): Promise<void> {
  await using file = await open(path, 'r+')
  const position = at ?? Math.floor((await file.stat()).size / 2)
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, position)
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, position)
}

async function writeAt(path: string, position: number, bytes: Buffer): Promise<void> {
  await using file = await open(path, 'r+')
  await file.write(bytes, 0, bytes.length, position)
}

async function sha256(path: string): Promise<string> {
  return createHash('sha256').update(await readFile(path)).digest('hex')
}
