import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { PortWires } from './port-wire.ts'

type Handler = (request: Request) => Response | Promise<Response>

/**
 * Electron's `protocol`. Chromium knows no schemes but its own, so `scheme://host/path` is shown to it as
 * `http://host.scheme.localhost/path`, a name that leads to a server of this process, and every such request is answered
 * by the app's handler, headers included. Not through CDP's Fetch domain: half a megabyte of script took it 100 ms.
 */
export class Protocol {
  readonly #handlers = new Map<string, Handler>()
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy())
  })

  readonly #wires: PortWires

  constructor(wires: PortWires) {
    this.#wires = wires
    this.#server.on('upgrade', (request, socket, head) => wires.upgrade(request, socket, head))
  }

  /** Listens; nothing is served before the app handles a scheme. */
  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1').unref()
    await once(this.#server, 'listening')
  }

  /** Leads Chromium here. */
  get chromiumSwitch(): string {
    return `--host-resolver-rules=MAP *.localhost 127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  registerSchemesAsPrivileged(): void {}

  handle(scheme: string, handler: Handler): void {
    this.#handlers.set(scheme, handler)
  }

  /** The address Chromium is given for one of the app's. */
  toChromium(url: string): string {
    const { protocol, host, pathname, search, hash } = new URL(url)
    const scheme = protocol.slice(0, -1)
    return this.#handlers.has(scheme) ? `http://${host}.${scheme}.localhost${pathname}${search}${hash}` : url
  }

  /** The app's address for one that Chromium knows. */
  fromChromium(url: string): string {
    const { scheme, host } = this.#read(url)
    if (scheme === undefined) return url
    const { pathname, search, hash } = new URL(url)
    return `${scheme}://${host}${pathname}${search}${hash}`
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // No policy comes with it: what the stand-in itself does in a page is not the page's doing.
    if (request.url === this.#wires.scriptPath) return void response.writeHead(200, { 'content-type': 'text/javascript' }).end(this.#wires.script)
    const asked = `http://${request.headers.host ?? ''}${request.url ?? ''}`
    const { scheme } = this.#read(asked)
    if (scheme === undefined) return void response.writeHead(404).end()
    // Undici's Request refuses unknown schemes with a body or credentials; a plain look-alike is what handlers read.
    const look = { url: this.fromChromium(asked), method: request.method, headers: new Headers(request.headers as Record<string, string>) } as Request
    const answer = await this.#handlers.get(scheme)!(look)
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()))
  }

  #read(url: string): { scheme?: string; host?: string } {
    if (!URL.canParse(url)) return {}
    const { hostname } = new URL(url)
    const scheme = [...this.#handlers.keys()].find((each) => hostname.endsWith(`.${each}.localhost`))
    return scheme === undefined ? {} : { scheme, host: hostname.slice(0, -`.${scheme}.localhost`.length) }
  }
}
