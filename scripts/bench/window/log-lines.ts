/** A log line as Docker frames it (docs: "Stream format" of attach), with the time that `timestamps` asks for. */
function framed(at: number, text: string): Buffer {
  const body = Buffer.from(`${new Date(at).toISOString().slice(0, -1)}000000Z ${text}\n`)
  const header = Buffer.alloc(8)
  header[0] = 1
  header.writeUInt32BE(body.length, 4)
  return Buffer.concat([header, body])
}

/** So many lines at once, the first with this number; colours and the length of what servers print. */
export function framedLines(count: number, first = 0, at = Date.now()): Buffer {
  const line = (number: number): string => `\u001b[32mINFO\u001b[0m request ${number} GET /api/v1/orders/${number % 9973} 200 in ${number % 37} ms`
  return Buffer.concat(Array.from({ length: count }, (_, index) => framed(at, line(first + index))))
}

/** How many lines are due by now at a rate, beyond those that were sent. */
export function linesDue({ perSecond, elapsedMs, sent }: { perSecond: number; elapsedMs: number; sent: number }): number {
  return Math.max(0, Math.floor((elapsedMs / 1000) * perSecond) - sent)
}
