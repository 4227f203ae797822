/**
 * Runs in the page's own world before its scripts and builds there what the preload exposes: functions of the isolated
 * world become functions here, and callbacks handed to them become functions there. Only plain data passes besides.
 */
export function mainWorld(secret: string): void {
  type Shape = Record<string, unknown>
  interface Heard {
    type: 'expose' | 'returned' | 'settled' | 'callback'
    key?: string
    id?: number
    call?: number
    value?: unknown
    error?: string
    isPromise?: boolean
  }
  let last = 0
  let returned: Heard | undefined
  const callbacks = new Map<number, (...args: unknown[]) => void>()
  const pending = new Map<number, PromiseWithResolvers<unknown>>()
  const isPlain = (value: unknown): value is Shape => typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  const outward = (value: unknown): unknown => {
    if (typeof value === 'function') {
      callbacks.set(++last, value as () => void)
      return { $callback: last }
    }
    if (Array.isArray(value)) return value.map(outward)
    return isPlain(value) ? Object.fromEntries(Object.entries(value).map(([key, part]) => [key, outward(part)])) : value
  }
  const functionOf = (id: number) => (...args: unknown[]): unknown => {
    const call = ++last
    returned = undefined
    document.dispatchEvent(new CustomEvent(`${secret}-out`, { detail: { id, call, args: args.map(outward) } }))
    const answer = returned as Heard | undefined
    returned = undefined
    if (!answer) throw new Error('contextBridge: no answer')
    if (answer.error !== undefined) throw new Error(answer.error)
    if (!answer.isPromise) return inward(answer.value)
    const settling = Promise.withResolvers<unknown>()
    pending.set(call, settling)
    return settling.promise
  }
  const inward = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inward)
    if (typeof value !== 'object' || value === null) return value
    if ('$function' in value) return functionOf(value.$function as number)
    return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, part]) => [key, inward(part)])))
  }
  const hear = (heard: Heard): void => {
    if (heard.type === 'expose') Object.defineProperty(window, heard.key!, { value: inward(heard.value), enumerable: true })
    else if (heard.type === 'returned') returned = heard
    else if (heard.type === 'callback') callbacks.get(heard.id!)?.(...(inward(heard.value) as unknown[]))
    else {
      const settling = pending.get(heard.call!)
      pending.delete(heard.call!)
      if (heard.error === undefined) settling?.resolve(inward(heard.value))
      else settling?.reject(new Error(heard.error))
    }
  }
  document.addEventListener(`${secret}-in`, (event) => {
    event.stopImmediatePropagation()
    hear((event as CustomEvent<Heard>).detail)
  }, true)
}
