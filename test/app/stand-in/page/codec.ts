/** Values as text, as far as structured clone goes for plain data. */
export interface Codec {
  encode(value: unknown): string
  decode(text: string): unknown
}

/** Made from its own source text in the page's isolated world too: it may use nothing from outside. */
export function makeCodec(): Codec {
  interface Tagged {
    $: 'undefined' | 'bytes' | 'date' | 'error' | 'object'
    v?: unknown
  }
  const pack = (value: unknown): unknown => {
    if (typeof value === 'function' || typeof value === 'symbol') throw new Error('An object could not be cloned.')
    if (value === undefined) return { $: 'undefined' } satisfies Tagged
    if (value === null || typeof value !== 'object') return value
    if (Array.isArray(value)) return value.map(pack)
    if (value instanceof Uint8Array) return { $: 'bytes', v: btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join('')) } satisfies Tagged
    if (value instanceof Date) return { $: 'date', v: value.getTime() } satisfies Tagged
    if (value instanceof Error) return { $: 'error', v: value.message } satisfies Tagged
    return { $: 'object', v: Object.fromEntries(Object.entries(value).map(([key, part]) => [key, pack(part)])) } satisfies Tagged
  }
  const unpack = (value: unknown): unknown => {
    if (value === null || typeof value !== 'object') return value
    if (Array.isArray(value)) return value.map(unpack)
    const { $, v } = value as Tagged
    if ($ === 'bytes') return Uint8Array.from(atob(v as string), (char) => char.charCodeAt(0))
    if ($ === 'date') return new Date(v as number)
    if ($ === 'error') return new Error(v as string)
    if ($ === 'object') return Object.fromEntries(Object.entries(v as object).map(([key, part]) => [key, unpack(part)]))
    return undefined
  }
  return { encode: (value) => JSON.stringify(pack(value)), decode: (text) => unpack(JSON.parse(text)) }
}
