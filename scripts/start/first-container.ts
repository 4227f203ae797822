import { request } from 'node:http'
import { text } from 'node:stream/consumers'

/** The image that lies in the guest image and is loaded at the first boot, without any network. */
export const welcomeImage = 'cove/welcome:latest'

/** How the first container ended and what it printed. */
export interface FirstContainer {
  exitCode: number
  output: string
  ms: number
}

/** What `docker run --rm cove/welcome` does, straight on Docker's API: no docker cli needs to be installed. */
export async function runFirstContainer(socketPath: string): Promise<FirstContainer> {
  const began = performance.now()
  // A terminal, so that the log is the plain text and not Docker's frames.
  const { Id } = await call<{ Id: string }>(socketPath, 'POST /containers/create', { Image: welcomeImage, Tty: true })
  try {
    await call(socketPath, `POST /containers/${Id}/start`)
    const { StatusCode } = await call<{ StatusCode: number }>(socketPath, `POST /containers/${Id}/wait`)
    const output = await call<string>(socketPath, `GET /containers/${Id}/logs?stdout=1&stderr=1`)
    return { exitCode: StatusCode, output: output.replaceAll('\r\n', '\n'), ms: performance.now() - began }
  } finally {
    await call(socketPath, `DELETE /containers/${Id}?force=1`)
  }
}

/** One call of Docker's API, `METHOD /path`; its answer as JSON, or as text where it is none. */
async function call<T>(socketPath: string, what: string, body?: unknown): Promise<T> {
  const [method, path] = what.split(' ')
  return new Promise<T>((resolve, reject) => {
    const headers = { host: 'docker', ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
    const sent = request({ socketPath, method, path, headers, timeout: 60_000 }, (response) => {
      text(response).then((answer) => {
        if ((response.statusCode ?? 500) >= 400) reject(new Error(`Docker refused "${what}": ${answer.trim()}`))
        else resolve((response.headers['content-type']?.includes('json') ? JSON.parse(answer) : answer) as T)
      }, reject)
    })
    sent.once('timeout', () => sent.destroy(new Error(`Docker did not answer "${what}" within 60 s`)))
    sent.once('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
