import { watch } from 'node:fs'

/** An editor writes a file in several steps, and a checkout writes many files. */
const restMs = 50

/** Tells when something in some folders changed, once for what changes together. */
export function watchSources(folders: readonly string[], onChange: () => void): Disposable {
  let timer: NodeJS.Timeout | undefined
  const changed = (): void => {
    clearTimeout(timer)
    timer = setTimeout(onChange, restMs)
  }
  const watchers = folders.map((folder) => watch(folder, { recursive: true }, changed).on('error', (error) => console.error(`${folder} cannot be watched any more: ${error.message}`)))
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
    },
  }
}
