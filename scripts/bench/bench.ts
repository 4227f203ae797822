import { join } from 'node:path'
import type { CoveHome } from './cove-home.ts'
import type { Figure } from './figure.ts'
import type { Machine } from './machine.ts'
import type { ReferenceImage } from './reference/build.ts'

/** What every section measures with. */
export interface Bench {
  cove: CoveHome
  /** How often each side is measured. */
  runs: number
  /** Fewer and shorter measurements: a smoke test. */
  isQuick: boolean
  /** A folder for what lives as long as the benchmark. */
  folder: string
  /** The docker CLI. */
  docker: string
  /** How Cove starts QEMU here. */
  machine: Machine
  /** The conventional guest with a disk layer of this run's own; built on first use. @throws Error where it cannot be built. */
  reference: () => Promise<ReferenceImage>
  /** A line for whoever waits. */
  say: (line: string) => void
}

/** A group of figures that are measured together. */
export interface Section {
  name: string
  measure(bench: Bench): Promise<Figure[]>
}

/** A group of figures that no vm is needed for: measured first, while none runs beside it. */
export interface HostSection {
  name: string
  measure(bench: Pick<Bench, 'runs' | 'isQuick' | 'say'>): Promise<Figure[]>
}

/** An image that Cove's guest has without a network; `true` runs in it. */
export const smallImage = 'cove/welcome:latest'

/** Where that image is kept between the guests. */
export function smallImageFile(folder: string): string {
  return join(folder, 'small-image.tar')
}
