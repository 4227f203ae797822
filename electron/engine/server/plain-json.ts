import { StandardRPCJsonSerializer, StandardRPCSerializer } from '@orpc/client/standard'
import { StandardHandler, type StandardHandlerOptions, StandardRPCCodec, StandardRPCMatcher } from '@orpc/server/standard'
import type { Context } from '@orpc/server'
import { WsHandler } from '@orpc/server/ws'

/** Whether JSON says all there is to say: no dates, no undefined, nothing that is not a number. */
export function isPlainJson(value: unknown): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object') return false
  if (Array.isArray(value)) return value.every(isPlainJson)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  for (const key in value) if (key === '__proto__' || !isPlainJson((value as Record<string, unknown>)[key])) return false
  return true
}

/**
 * oRPC copies everything it sends, with a path of its own for each value, to find what JSON cannot say. Nearly nothing of ours is such:
 * what is plain goes as it is, which spares half of the processor time of a list of 5,000 objects and of a fast log.
 */
class PlainJsonSerializer extends StandardRPCJsonSerializer {
  override serialize(...[data, segments = [], meta = [], maps = [], blobs = []]: Parameters<StandardRPCJsonSerializer['serialize']>): ReturnType<StandardRPCJsonSerializer['serialize']> {
    return isPlainJson(data) ? [data, meta, maps, blobs] : super.serialize(data, segments, meta, maps, blobs)
  }
}

/** oRPC's handler for sockets, with that serializer. */
export function createRpcHandler<T extends Context>(router: ConstructorParameters<typeof StandardHandler<T>>[0], options: StandardHandlerOptions<T>): WsHandler<T> {
  const codec = new StandardRPCCodec(new StandardRPCSerializer(new PlainJsonSerializer()))
  return new WsHandler(new StandardHandler(router, new StandardRPCMatcher(), codec, options))
}
