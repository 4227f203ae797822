import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf } from './errno.ts'

/**
 * Makes a folder and those above it, each of this mode; nothing happens when it is there.
 * Not mkdir's `recursive`: on file systems that answer ENOENT for good (/proc) Node 24 never returns (seen 2026-11).
 * @throws the system's error.
 */
export function makeFolder(path: string, mode = 0o700): void {
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' && statSync(path).isDirectory()) return
    if (errnoOf(error) !== 'ENOENT' || dirname(path) === path) throw error
    makeFolder(dirname(path), mode)
    mkdirSync(path, { mode })
  }
}
