import { get, request, type IncomingMessage } from 'node:http'
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
  await untilLoaded(socketPath)
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

/** Resolves when the guest has loaded the welcome image, which it does right after Docker's first start on a new disk. */
async function untilLoaded(socketPath: string): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ type: ['image'], event: ['load'] }))
  const isThere = (): Promise<boolean> => call(socketPath, `GET /images/${welcomeImage}/json`).then(() => true, () => false)
  // Listening begins before the first look, so that a load in between is not missed.
  const events = await open(socketPath, `/events?filters=${filters}`)
  const limit = setTimeout(() => events.destroy(new Error('The guest did not load the welcome image within 60 s; see cove logs guest')), 60_000)
  try {
    if (await isThere()) return
    for await (const _ of events) if (await isThere()) return
    throw new Error('Docker went away before the welcome image was loaded')
  } finally {
    clearTimeout(limit)
    events.destroy()
  }
}

/** Opens a stream of Docker's API once its headers are there. */
function open(socketPath: string, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ socketPath, path, headers: { host: 'docker' } }, resolve).once('error', reject)
  })
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
