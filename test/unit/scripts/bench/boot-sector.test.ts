import { expect, test } from 'vitest'
import { bootArea, partitionStart } from '#scripts/bench/reference/boot-sector.ts'

const gibibyte = 1024 ** 3

test('the first sector holds the loader, one bootable Linux partition up to the end, and the BIOS signature', () => {
  const area = bootArea({ bootImage: Buffer.alloc(512, 0xeb), coreImage: Buffer.alloc(1000, 0xc0), diskBytes: gibibyte })
  expect(area).toHaveLength(partitionStart)
  expect(area.subarray(0, 440).every((byte) => byte === 0xeb)).toBe(true)
  expect(area[446]).toBe(0x80)
  expect(area[450]).toBe(0x83)
  expect(area.readUInt32LE(454) * 512).toBe(partitionStart)
  expect(area.readUInt32LE(458) * 512).toBe(gibibyte - partitionStart)
  expect(area.subarray(462, 510).every((byte) => byte === 0)).toBe(true)
  expect(area.readUInt16BE(510)).toBe(0x55aa)
})

test('the second stage follows in the second sector', () => {
  const area = bootArea({ bootImage: Buffer.alloc(512), coreImage: Buffer.alloc(1000, 0xc0), diskBytes: gibibyte })
  expect(area[511]).toBe(0xaa)
  expect(area[512]).toBe(0xc0)
  expect(area[1511]).toBe(0xc0)
  expect(area[1512]).toBe(0)
})

test('a second stage that would run into the partition is refused', () => {
  expect(() => bootArea({ bootImage: Buffer.alloc(512), coreImage: Buffer.alloc(partitionStart), diskBytes: gibibyte })).toThrow('does not fit')
})
