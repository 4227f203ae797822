import { lstatSync } from 'node:fs'
import { join } from 'node:path'

/** A folder of the host that no share shows, whatever way leads to it. */
export interface HiddenFolder {
  dev: bigint
  ino: bigint
  /** The folder it lies in: only there a listing has to look twice. */
  parent: { dev: bigint; ino: bigint }
}

/** What is to be hidden of a path: nothing while there is nothing. */
export function hiddenFolder(path: string): HiddenFolder[] {
  const facts = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  const parent = lstatSync(join(path, '..'), { bigint: true, throwIfNoEntry: false })
  return facts && parent ? [{ dev: facts.dev, ino: facts.ino, parent: { dev: parent.dev, ino: parent.ino } }] : []
}
