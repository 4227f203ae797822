import { existsSync, type FSWatcher, realpathSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

/**
 * Tells changes of files: made, replaced, rewritten, removed, or a link led elsewhere. A file for which the system gives
 * no watch (inotify's limit) is not told of. Keeps no process alive.
 */
export class FileWatch implements Disposable {
  readonly #onChange: () => void
  #files: readonly string[] = []
  #watched = ''
  #watchers: FSWatcher[] = []

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  /** Watches these files from now on, and no others. */
  set(files: readonly string[]): void {
    this.#files = files
    const all = [...new Set(files.flatMap((file) => [file, realPathOf(file)]))]
    const places = all.flatMap(placesOf)
    const watched = JSON.stringify(places)
    if (watched === this.#watched) return
    this.#close()
    this.#watched = watched
    this.#watchers = places.flatMap(({ place, name }) => this.#watch(place, name))
  }

  [Symbol.dispose](): void {
    this.#files = []
    this.#close()
  }

  #watch(place: string, name: string): FSWatcher[] {
    try {
      const watcher = watch(place, { persistent: false }, (event, changed) => {
        if (changed !== name) return
        // The file that the watch was on may be another now, or the link to it.
        if (event === 'rename') {
          this.#watched = ''
          this.set(this.#files)
        }
        this.#onChange()
      })
      watcher.on('error', () => watcher.close())
      return [watcher]
    } catch {
      return []
    }
  }

  #close(): void {
    for (const watcher of this.#watchers) watcher.close()
    this.#watchers = []
    this.#watched = ''
  }
}

/** The folder too: whoever replaces a file leaves a watch on the old one behind. Without it, the folder that it will be made in. */
function placesOf(file: string): { place: string; name: string }[] {
  const [folder, name] = [dirname(file), basename(file)]
  if (existsSync(folder)) return [{ place: folder, name }, { place: file, name }]
  return folder === dirname(folder) ? [] : placesOf(folder).slice(0, 1)
}

function realPathOf(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}
