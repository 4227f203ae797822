import type { BigIntStats } from 'node:fs'

/** Enough of the moment a file was born; 0 where the file system does not know. */
export function bornOf(stats: BigIntStats): number {
  return Number(BigInt.asUintN(32, stats.birthtimeNs))
}

/** Spreads inodes, which are often neighbours, over an index. */
export function identityHash(device: number, ino: bigint): number {
  const low = Number(BigInt.asUintN(32, ino))
  return (Math.imul(low ^ (low >>> 16) ^ device, 0x9e3779b1) >>> 0) ^ (low >>> 7)
}
