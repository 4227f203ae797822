/** GRUB's two parts for a BIOS, and where the file system lies on the disk. */
export interface BootDisk {
  /** boot.img: the first sector's code. */
  bootImage: Buffer
  /** core.img: what the first sector loads, from the second sector on. */
  coreImage: Buffer
  /** Size of the whole disk in bytes. */
  diskBytes: number
}

/** Where the one partition begins, as partitioning tools place it. */
export const partitionStart = 1024 * 1024

const sectorBytes = 512
/** boot.img's code ends where an MBR keeps its disk signature and partition table. */
const codeBytes = 440
const tableAt = 446
const linuxType = 0x83
const bootable = 0x80
/** Cylinder, head and sector of an entry that is addressed by its sector number. */
const noGeometry = [0xfe, 0xff, 0xff]

/**
 * Everything before the first partition: an MBR with one bootable Linux partition, and GRUB.
 * boot.img loads the sector after itself, core.img's first sector the ones after that (grub's boot.S and diskboot.S defaults).
 * @throws Error when GRUB does not fit before the partition.
 */
export function bootArea({ bootImage, coreImage, diskBytes }: BootDisk): Buffer {
  if (coreImage.length > partitionStart - sectorBytes) throw new Error(`GRUB's core.img (${coreImage.length} bytes) does not fit before the partition`)
  const area = Buffer.alloc(partitionStart)
  bootImage.copy(area, 0, 0, codeBytes)
  coreImage.copy(area, sectorBytes)
  area.writeUInt32LE(0xc0be_be9c, codeBytes)
  area.set([bootable, ...noGeometry, linuxType, ...noGeometry], tableAt)
  area.writeUInt32LE(partitionStart / sectorBytes, tableAt + 8)
  area.writeUInt32LE((diskBytes - partitionStart) / sectorBytes, tableAt + 12)
  area.set([0x55, 0xaa], sectorBytes - 2)
  return area
}
