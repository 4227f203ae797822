import { CoveError } from '#contract/errors.ts'
import type { Tunnel } from '../tunnel/tunnel.ts'

/** Where the guest mounts the data disk, and its device; resources/guest/supervisor/cove.h. */
const mountPoint = '/var/lib/cove'
const device = '/dev/vdb'

/** Bytes used on the guest's data disk. */
export async function guestUsedBytes(tunnel: Tunnel, signal?: AbortSignal): Promise<number> {
  const output = await tunnel.capture(`df -k ${mountPoint} | tail -n 1`, signal)
  const kibibytes = Number(output.trim().split(/\s+/)[2])
  if (Number.isFinite(kibibytes)) return kibibytes * 1024
  throw new CoveError('internal.bug', { message: `the guest's df answered "${output.trim()}"` })
}

/** Gives every free block of the data disk back to the host's file. */
export async function trimGuestDisk(tunnel: Tunnel, signal?: AbortSignal): Promise<void> {
  await tunnel.capture(`sync; fstrim ${mountPoint}; sync`, signal)
}

/** Grows the file system to its disk's size, mounted as it is. */
export async function growGuestFileSystem(tunnel: Tunnel, signal?: AbortSignal): Promise<void> {
  await tunnel.capture(`resize2fs ${device}`, signal)
}
