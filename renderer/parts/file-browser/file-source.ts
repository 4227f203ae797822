import type { FileContent, FolderListing } from '#contract/file.ts'
import type { TaskRef } from '#contract/task.ts'
import type { EngineApi } from '../../state/connection.ts'

/** Where a browser of files gets them from: a container or a volume. */
export interface FileSource {
  /** Tells it from every other source. */
  key: string
  /** Whether there is an image that its files differ from. */
  hasImage: boolean
  list(api: EngineApi, path: string, signal: AbortSignal): Promise<FolderListing>
  /** Without it files are only listed. */
  read?(api: EngineApi, path: string, signal: AbortSignal): Promise<FileContent>
  write?(api: EngineApi, path: string, content: string): Promise<unknown>
  download?(api: EngineApi, path: string, to: string): Promise<TaskRef>
  upload?(api: EngineApi, from: string[], path: string): Promise<TaskRef>
}

/** A path below a folder. */
export function below(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`
}

/** The folder that a path is in. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}

/** A path's last name. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** A path's folders from the root on, each with its own path. */
export function stepsOf(path: string): { name: string; path: string }[] {
  const names = path.split('/').filter(Boolean)
  return [{ name: '/', path: '/' }, ...names.map((name, index) => ({ name, path: `/${names.slice(0, index + 1).join('/')}` }))]
}

/** A mode as `ls -l` writes it: `rw-r--r--`. */
export function modeText(mode: number): string {
  return [6, 3, 0].map((shift) => ['r', 'w', 'x'].map((letter, index) => ((mode >> shift) & (4 >> index) ? letter : '-')).join('')).join('')
}
