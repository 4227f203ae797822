import type { Socket } from 'node:net'
import type { CoveError } from '#contract/errors.ts'

/** How long a client that was refused may go on sending before it is cut off. */
const lingerMs = 1_000

/** The HTTP answer that makes Docker's clients print the error's message and hint. */
export function unavailableReply(error: CoveError, request: Buffer): string {
  const text = error.hint === undefined ? error.message : `${error.message}. ${error.hint}`
  const body = `${JSON.stringify({ message: text })}\n`
  const head = [
    'HTTP/1.1 503 Service Unavailable',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    'Server: Cove',
  ]
  const isHead = request.toString('latin1', 0, 5) === 'HEAD '
  return `${head.join('\r\n')}\r\n\r\n${isHead ? '' : body}`
}

/** Answers a client and closes; what it still sends is read for a moment, or it would see an error instead of the answer. */
export function refuse(client: Socket, error: CoveError, request: Buffer): void {
  const timer = setTimeout(() => client.destroy(), lingerMs)
  client.once('close', () => clearTimeout(timer))
  client.end(unavailableReply(error, request))
  client.resume()
}
