import { StringDecoder } from 'node:string_decoder'

/** A longer line is none of Docker's. */
const maxLineChars = 4 * 1024 * 1024

/** The JSON values of a stream of lines; what is no JSON is passed over. */
export async function* jsonLines(stream: AsyncIterable<Buffer>): AsyncGenerator<unknown> {
  for await (const line of textLines(stream)) {
    try {
      yield JSON.parse(line)
    } catch {
      // Not ours.
    }
  }
}

/** The lines of a stream; one that is too long is dropped up to its end. */
export async function* textLines(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let held = ''
  let isSkipping = false
  for await (const chunk of stream) {
    const parts = (held + decoder.write(chunk)).split('\n')
    held = parts.pop() ?? ''
    for (const part of parts) {
      if (!isSkipping && part.trim() !== '') yield part
      isSkipping = false
    }
    if (held.length > maxLineChars) {
      held = ''
      isSkipping = true
    }
  }
  held += decoder.end()
  if (!isSkipping && held.trim() !== '') yield held
}
