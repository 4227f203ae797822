/**
 * How a stream is held back by who reads it: oRPC's client takes in every item as it comes and queues it without bound. A call carries
 * `creditHeader` with a name of the client's choice; the engine then sends at most `creditWindow` items of its stream that the client has
 * not granted anew with `creditFrame`, a message of its own between oRPC's. A call without the header is not held back.
 */
export const creditHeader = 'x-cove-stream'
/** Items that may be under way or unread. */
export const creditWindow = 256
/** After so many that were read the client grants as many. */
export const creditGrant = 64

/** The message that grants a stream so many more items. */
export function creditFrame(stream: string, items: number): string {
  return JSON.stringify({ credit: stream, items })
}

/** A stream that grants credit as it is read. Not an async generator: its return() would wait for a next() under way, which it is to end. */
export function granting(source: AsyncIterator<unknown>, grant: (items: number) => void): AsyncIterableIterator<unknown> {
  let read = 0
  const iterator: AsyncIterableIterator<unknown> = {
    next: async () => {
      const next = await source.next()
      if (!next.done && ++read % creditGrant === 0) grant(creditGrant)
      return next
    },
    return: async (value) => (await source.return?.(value)) ?? { done: true, value },
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator
}
