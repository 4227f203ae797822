let trim: (() => void) | undefined

/** Loads what `trimMemory` needs (resources/host/memory-trim.c, Linux only); without it that does nothing. */
export function loadMemoryTrim(path: string | undefined): void {
  if (path === undefined) return
  const module: { exports: unknown } = { exports: {} }
  process.dlopen(module, path)
  if (typeof module.exports === 'function') trim = module.exports as () => void
}

/** Gives memory that was freed back to the system; a few ms. */
export function trimMemory(): void {
  trim?.()
}
