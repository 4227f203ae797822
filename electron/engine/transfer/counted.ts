/** A stream with its bytes counted. */
export async function* counted(source: AsyncIterable<Buffer>, onBytes: (bytes: number) => void): AsyncGenerator<Buffer, void> {
  for await (const chunk of source) {
    onBytes(chunk.length)
    yield chunk
  }
}
