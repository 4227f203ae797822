import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { canFlipFuses, packageConfig, packagePlatforms } from '#scripts/package/config.ts'
import { makeIcns, makeIco } from '#scripts/icons/containers.ts'
import { hasDisplay } from '#scripts/start/open-app.ts'
import { tempDir } from '../../base/temp-dir.ts'

test('each system’s app has its own sqlite, Node and guest, and no node_modules', () => {
  for (const platform of packagePlatforms) {
    const { extraResources, files } = packageConfig({ platform, arch: 'arm64', hasFuses: true })
    const node = platform === 'win32' ? 'engine/node.exe' : 'engine/node'
    expect(extraResources.map(({ to }) => to)).toEqual(expect.arrayContaining(['engine/better_sqlite3.node', node, 'engine/engine.mjs', 'guest/arm64']))
    expect(extraResources.find(({ to }) => to === 'engine/better_sqlite3.node')?.from).toContain(`${platform}-arm64`)
    expect(files).toContain('!node_modules')
  }
})

test('the library for QEMU goes along where it was built', () => {
  const has = (platform: 'linux' | 'darwin', arch: 'x64' | 'arm64'): boolean => packageConfig({ platform, arch, hasFuses: false }).extraResources.some(({ to }) => to === 'engine/accept-queue.so')
  const [here, elsewhere] = process.arch === 'arm64' ? (['arm64', 'x64'] as const) : (['x64', 'arm64'] as const)
  expect([has('linux', here), has('linux', elsewhere), has('darwin', here)]).toEqual([true, false, false])
})

test('the app cannot be used as a Node, nor be made to load other code', () => {
  expect(packageConfig({ platform: 'darwin', arch: 'x64', hasFuses: true }).electronFuses).toMatchObject({ runAsNode: false, enableNodeOptionsEnvironmentVariable: false, enableNodeCliInspectArguments: false, onlyLoadAppFromAsar: true })
  expect(packageConfig({ platform: 'linux', arch: 'x64', hasFuses: false, electronDist: '/d' })).not.toHaveProperty('electronFuses')
})

test('fuses are set in a real Electron only', async () => {
  await using dir = tempDir()
  writeFileSync(dir.at('electron'), Buffer.alloc(2_000_000))
  expect(canFlipFuses(dir.path)).toBe(false)
  writeFileSync(dir.at('electron'), Buffer.concat([Buffer.alloc(2_000_000), Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX')]))
  expect(canFlipFuses(dir.path)).toBe(true)
})

test('icons are held as Windows and macOS read them', () => {
  const images = [16, 256].map((size) => ({ size, png: Buffer.from(`png${size}`) }))
  const ico = makeIco(images)
  expect([ico.readUInt16LE(2), ico.readUInt16LE(4), ico.readUInt8(6), ico.readUInt8(22)]).toEqual([1, 2, 16, 0])
  expect(ico.subarray(ico.readUInt32LE(34), ico.readUInt32LE(34) + ico.readUInt32LE(30)).toString()).toBe('png256')
  const icns = makeIcns(images)
  expect(icns.subarray(0, 4).toString()).toBe('icns')
  expect(icns.readUInt32BE(4)).toBe(icns.length)
  expect(icns.toString('latin1')).toMatch(/icp4.*png16ic08.*png256$/s)
})

test('a display is what a window can be shown on', () => {
  expect([hasDisplay({}, 'linux'), hasDisplay({ WAYLAND_DISPLAY: 'wayland-0' }, 'linux'), hasDisplay({ DISPLAY: '' }, 'linux'), hasDisplay({}, 'darwin')]).toEqual([false, true, false, true])
})
