import { once } from 'node:events'
import { statSync, watch } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname } from 'node:path'

/** A web server on loopback that answers as a test says. */
export interface FileServer extends AsyncDisposable {
  url: string
  /** The Range header of each request so far, '' where there was none. */
  ranges: string[]
}

/** How one request is answered. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** Serves each request with the next answer, the last one again and again. */
export async function serve(...answers: [Answer, ...Answer[]]): Promise<FileServer> {
  const ranges: string[] = []
  const server = createServer((request, response) => {
    const answer = answers[Math.min(ranges.length, answers.length - 1)] ?? answers[0]
    ranges.push(request.headers.range ?? '')
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/tool`,
    ranges,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Answers with the bytes, or with those the Range header asks for. */
export function whole(content: Buffer): Answer {
  return (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    if (start >= content.length && start > 0) return void response.writeHead(416).end()
    if (start > 0) response.writeHead(206, { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` })
    response.end(content.subarray(start))
  }
}

/** Promises the whole content and breaks the connection after some bytes of it, once they are in the file. */
export function cutAfter(content: Buffer, bytes: number, file: string): Answer {
  return (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': content.length - start, 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` })
    response.write(content.subarray(start, start + bytes))
    void untilSize(file, start + bytes).then(() => response.destroy())
  }
}

async function untilSize(path: string, bytes: number): Promise<void> {
  const watching = watch(dirname(path))
  const size = (): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0
  while (size() < bytes) await once(watching, 'change')
  watching.close()
}
