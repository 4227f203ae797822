import type { BigIntStats } from 'node:fs'

/** What the guest said of a file and the host's file system cannot hold. */
export interface Remembered {
  uid: number
  gid: number
  /** Type and permissions as the guest set them. */
  mode: number
  rdev: number
  /** The host's mode at that time: when it differs now, somebody on the host has changed it since, and that counts. */
  hostMode: number
}

/** Keeps what the guest said for as long as the file lives; a file is its inode and the moment it was born. */
export interface OwnerMemory {
  get(stats: BigIntStats): Remembered | undefined
  set(stats: BigIntStats, remembered: Remembered): void
  forget(stats: BigIntStats): void
}

/** A memory that ends with the process. */
export function transientMemory(): OwnerMemory {
  const all = new Map<string, Remembered>()
  const key = (stats: BigIntStats): string => `${stats.ino}:${stats.birthtimeNs}`
  return {
    get: (stats) => all.get(key(stats)),
    set: (stats, remembered) => void all.set(key(stats), remembered),
    forget: (stats) => void all.delete(key(stats)),
  }
}
