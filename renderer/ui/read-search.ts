/** A search as typed: a pattern between slashes, else the plain words. Undefined when nothing is searched. */
export function readSearch(text: string): { pattern: RegExp | undefined; isBroken: boolean } {
  if (text === '') return { pattern: undefined, isBroken: false }
  const body = /^\/(.*?)\/?$/.exec(text)?.[1]
  try {
    return { pattern: new RegExp(body ?? text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`), 'i'), isBroken: false }
  } catch {
    return { pattern: undefined, isBroken: true }
  }
}
