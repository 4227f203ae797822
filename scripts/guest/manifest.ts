import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'

import type { Architecture } from './recipe.ts'

/** A file of the image folder. */
export type Artefact = { file: string; bytes: number; sha256: string }
/** The kernel may be stored compressed; QEMU starts the decoded one. */
export type KernelArtefact = Artefact & { encoding: 'none' | 'zstd'; decodedBytes: number; decodedSha256: string }
/** A Debian package that went into the image. */
export type PackageEntry = { name: string; version: string; architecture: string; sha256: string }

/** manifest.json: what the engine verifies at every boot, and our list of materials. */
export type Manifest = {
  format: 1
  arch: Architecture
  recipe: string
  kernelVersion: string
  dockerVersion: string
  artefacts: { kernel: KernelArtefact; initrd: Artefact; root: Artefact }
  packages: PackageEntry[]
}

/** Size and checksum of a file. */
export async function describeArtefact(path: string): Promise<Artefact> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return { file: basename(path), bytes: (await stat(path)).size, sha256: hash.digest('hex') }
}

/** Reads `sha256sum *.deb`: apt's file names are name_version_architecture.deb with ':' written as %3a. */
export function parsePackages(checksums: string): PackageEntry[] {
  return checksums
    .split('\n')
    .map((line) => /^([0-9a-f]{64}) [ *](.+)_(.+)_(.+)\.deb$/.exec(line))
    .filter((match) => match !== null)
    .map(([, sha256 = '', name = '', version = '', architecture = '']) => ({ name, version: decodeURIComponent(version), architecture, sha256 }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** Docker Engine's own version from its Debian package's version ("28.5.2+dfsg4-2" gives "28.5.2"). */
export function findDockerVersion(packages: readonly PackageEntry[]): string {
  const version = packages.find((entry) => entry.name === 'docker.io')?.version
  const upstream = version && /^(?:\d+:)?(\d+(?:\.\d+)*)/.exec(version)?.[1]
  if (!upstream) throw new Error('The unpacked packages hold no docker.io.')
  return upstream
}
