let trim: ((withCode: boolean) => void) | undefined

/** Loads what `trimMemory` needs (resources/host/memory-trim.c, Linux only); without it that does nothing. */
export function loadMemoryTrim(path: string | undefined): void {
  if (path === undefined) return
  const module: { exports: unknown } = { exports: {} }
  process.dlopen(module, path)
  if (typeof module.exports === 'function') trim = module.exports as (withCode: boolean) => void
}

/**
 * Gives memory that was freed back to the system; a few ms. With the code as well: pages of the program's files that are
 * used again come back from the page cache, 20 MB in some ms, which is for an engine that will do nothing for long.
 */
export function trimMemory({ withCode }: { withCode: boolean }): void {
  trim?.(withCode)
}
