import type { Cdp, Chromium } from '../chromium.ts'

type Handler = (request: Request) => Response | Promise<Response>

/**
 * Electron's `protocol`. Chromium knows no schemes but its own, so `scheme://host/path` is shown to it as
 * `http://host.scheme.localhost/path` and every such request is answered through CDP's Fetch domain, headers included.
 */
export class Protocol {
  readonly #handlers = new Map<string, Handler>()

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

  /** Answers a page's requests for the app's own schemes, before anything is loaded. */
  async attach(chromium: Chromium, session: string): Promise<void> {
    chromium.on(`${session}:Fetch.requestPaused`, (paused) => {
      this.#answer(chromium, session, paused).catch(() => undefined)
    })
    const patterns = [...this.#handlers.keys()].map((scheme) => ({ urlPattern: `http://*.${scheme}.localhost/*` }))
    await chromium.send('Fetch.enable', { patterns }, session)
  }

  async #answer(chromium: Chromium, session: string, { requestId, request }: Cdp): Promise<void> {
    const url = this.fromChromium(request.url as string)
    const handler = this.#handlers.get(new URL(url).protocol.slice(0, -1))!
    // Undici's Request refuses unknown schemes with a body or credentials; a plain look-alike is what handlers read.
    const response = await handler({ url, method: request.method as string, headers: new Headers(request.headers as Record<string, string>) } as Request)
    const body = Buffer.from(await response.arrayBuffer()).toString('base64')
    const responseHeaders = [...response.headers].map(([name, value]) => ({ name, value }))
    await chromium.send('Fetch.fulfillRequest', { requestId, responseCode: response.status, responseHeaders, body }, session)
  }

  #read(url: string): { scheme?: string; host?: string } {
    if (!URL.canParse(url)) return {}
    const { hostname } = new URL(url)
    const scheme = [...this.#handlers.keys()].find((each) => hostname.endsWith(`.${each}.localhost`))
    return scheme === undefined ? {} : { scheme, host: hostname.slice(0, -`.${scheme}.localhost`.length) }
  }
}
