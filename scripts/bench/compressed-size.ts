import { createReadStream } from 'node:fs'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress } from 'node:zlib'

/** How many bytes files come to through zstd, level 9, together. */
export async function compressedBytes(files: readonly string[]): Promise<number> {
  let bytes = 0
  for (const file of files) {
    const count = new Writable({
      write(chunk: Buffer, _encoding, done) {
        bytes += chunk.length
        done()
      },
    })
    const compress = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 9 } })
    await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), compress, count)
  }
  return bytes
}
