/** So many lines at once, the first with this number, as Docker frames them (docs: "Stream format" of attach) with the time that `timestamps` asks for; colours and the length of what servers print. */
export function framedLines(count: number, first = 0, at = Date.now()): Buffer {
  const stamp = `${new Date(at).toISOString().slice(0, -1)}000000Z`
  const bodies = Array.from({ length: count }, (_, index) => `${stamp} ${lineOf(first + index)}\n`)
  // One buffer, for this is done fifty thousand times a second beside what is measured.
  const framed = Buffer.alloc(bodies.reduce((sum, { length }) => sum + 8 + length, 0))
  let to = 0
  for (const body of bodies) {
    framed[to] = 1
    framed.writeUInt32BE(body.length, to + 4)
    to += 8 + framed.write(body, to + 8, 'latin1')
  }
  return framed
}

function lineOf(number: number): string {
  return `\u001b[32mINFO\u001b[0m request ${number} GET /api/v1/orders/${number % 9973} 200 in ${number % 37} ms`
}

/** How many lines are due by now at a rate, beyond those that were sent. */
export function linesDue({ perSecond, elapsedMs, sent }: { perSecond: number; elapsedMs: number; sent: number }): number {
  return Math.max(0, Math.floor((elapsedMs / 1000) * perSecond) - sent)
}
