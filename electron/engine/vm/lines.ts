/** What to do with the lines of a byte stream. */
export interface LineHandler {
  /** Longest line in bytes; longer ones are dropped up to their end. */
  maxBytes: number
  onLine(line: string): void
  /** Called once for each dropped line. */
  onOversize(): void
}

/** Cuts a byte stream into lines (\n or \r\n), empty ones left out; holds at most `maxBytes`. */
export function lineSplitter(handler: LineHandler): (chunk: Buffer) => void {
  let held: Buffer[] = []
  let size = 0
  let isSkipping = false
  const take = (part: Buffer): void => {
    if (isSkipping) return
    if (size + part.length > handler.maxBytes) {
      held = []
      size = 0
      isSkipping = true
      handler.onOversize()
      return
    }
    held.push(part)
    size += part.length
  }
  const finish = (): void => {
    const line = Buffer.concat(held).toString('utf8').replace(/\r$/, '')
    held = []
    size = 0
    isSkipping = false
    if (line !== '') handler.onLine(line)
  }
  return (chunk) => {
    let from = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      take(chunk.subarray(from, end))
      finish()
      from = end + 1
    }
    if (from < chunk.length) take(chunk.subarray(from))
  }
}
