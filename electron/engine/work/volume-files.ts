import { writeFile } from '../files/container-files.ts'
import { behindDoor, type VolumeDoor } from '../files/volume-door.ts'
import type { EngineParts } from '../parts.ts'
import type { TaskWork } from '../tasks/tasks.ts'
import { putFiles, saveTree } from './move-files.ts'
import { reach, type Reach } from './reach.ts'

/** What a task on a volume's files works with. */
export interface VolumeFileParts {
  parts: EngineParts
  door: VolumeDoor
}

/** Writes one file of a volume; one that is there keeps owner and mode, a new one belongs to root. */
export function writeVolumeFile(door: VolumeDoor, reached: Reach, { name, path, data }: { name: string; path: string; data: Buffer }): Promise<void> {
  return door.through(reached, name, (of) => writeFile(of, behindDoor(path), data))
}

/** A path of a volume to a tar on the host. */
export function downloadFromVolume({ parts, door }: VolumeFileParts, { name, path, to }: { name: string; path: string; to: string }): TaskWork {
  return {
    name: 'volume.download',
    subject: `${name}:${path}`,
    run: (feed, outer) => reach(parts, outer, (reached) => door.through(reached, name, (of) => saveTree(of, { path: behindDoor(path), to, feed }))),
  }
}

/** Host files and folders into a folder of a volume. */
export function uploadToVolume({ parts, door }: VolumeFileParts, { name, path, from }: { name: string; path: string; from: string[] }): TaskWork {
  return {
    name: 'volume.upload',
    subject: `${name}:${path}`,
    run: (feed, outer) => reach(parts, outer, (reached) => door.through(reached, name, (of) => putFiles(of, { path: behindDoor(path), from, feed }))),
  }
}
