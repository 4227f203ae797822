import { spawn, type ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

/** How Chromium is started. */
export interface ChromiumOptions {
  profile: string
  /** `--remote-debugging-port=…` as Playwright asks for it; it connects there, we use the pipe. */
  debuggingPort: string | undefined
  switches: readonly string[]
}

interface Answer {
  id?: number
  sessionId?: string
  method?: string
  params?: unknown
  result?: unknown
  error?: { message: string }
}

/** What CDP answers and tells; the stand-in reads few fields of few events. */
// oxlint-disable-next-line typescript/no-explicit-any -- CDP's shapes are described by Chromium, not by us
export type Cdp = any

const fixedSwitches = [
  '--remote-debugging-pipe',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-extensions',
  '--disable-dev-shm-usage',
  '--password-store=basic',
  '--use-mock-keychain',
  '--no-startup-window',
  // As root Chromium has no sandbox of its own to offer.
  '--no-sandbox',
  '--hide-scrollbars=false',
]

/**
 * What Chromium has and Electron has not. The omnibox draws its suggestions with pages of its own, made with each window: a renderer that
 * used 600 ms of processor time and 200 of the browser's while ours was loading (Chromium 156). Electron turns the spare renderer off itself.
 */
const browserOnly = ['Translate', 'MediaRouter', 'OptimizationHints', 'WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'SpareRendererForSitePerProcess']

/** Debian's program itself: /usr/bin/chromium is a script that starts some twenty others first, and whose switches are for who browses. */
const debian = ['/usr/lib/chromium/chromium', '/usr/bin/chromium']

/** The switches with one list of features that are off: Chromium heeds the last one alone. */
export function withoutFeatures(switches: readonly string[], names: readonly string[]): string[] {
  const off = '--disable-features='
  const lists = switches.filter((each) => each.startsWith(off)).flatMap((each) => each.slice(off.length).split(','))
  return [...switches.filter((each) => !each.startsWith(off)), off + [...lists, ...names].join(',')]
}

/** Debian's Chromium, driven over a pipe. Events are named `Domain.event`, those of a page `<session>:Domain.event`. */
export class Chromium extends EventEmitter<Record<string, [Cdp]>> {
  readonly process: ChildProcess
  readonly #pending = new Map<number, PromiseWithResolvers<Cdp>>()
  readonly #out: Writable
  #rest = Buffer.alloc(0)
  #last = 0

  constructor({ profile, debuggingPort, switches }: ChromiumOptions) {
    super()
    this.setMaxListeners(0)
    mkdirSync(profile, { recursive: true })
    const headless = process.env['COVE_STANDIN_HEADED'] === '1' ? [] : ['--headless=new']
    const words = [...withoutFeatures([...fixedSwitches, ...switches], browserOnly), ...headless, `--user-data-dir=${profile}`, ...(debuggingPort === undefined ? [] : [debuggingPort])]
    this.process = spawn(process.env['COVE_STANDIN_CHROMIUM'] ?? debian.find((path) => existsSync(path)) ?? 'chromium', words, {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
      // Its crash handler outlives it by a moment and would make a test's HOME, which is removed by then, anew.
      env: { ...process.env, XDG_CONFIG_HOME: join(tmpdir(), 'cove-standin') },
    })
    const [, , errors, out, input] = this.process.stdio as [null, null, Readable, Writable, Readable]
    this.#out = out
    out.on('error', () => undefined)
    errors.on('data', (text: Buffer) => this.#showAddress(String(text)))
    input.on('data', (bytes: Buffer) => this.#read(bytes))
    this.process.on('exit', () => {
      for (const { reject } of this.#pending.values()) reject(new Error('Chromium ended'))
      this.emit('exit', undefined)
    })
    this.process.on('error', (error) => this.emit('exit', error))
  }

  /** One command, to a page's session or to the browser. */
  send(method: string, params: object = {}, sessionId?: string): Promise<Cdp> {
    const id = ++this.#last
    const answer = Promise.withResolvers<Cdp>()
    this.#pending.set(id, answer)
    this.#out.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    return answer.promise
  }

  /** Playwright waits for this line to know where to connect. */
  #showAddress(text: string): void {
    const line = /^DevTools listening on .*$/m.exec(text)?.[0]
    if (line !== undefined) process.stderr.write(`${line}\n`)
    else if (process.env['COVE_STANDIN_LOG']) process.stderr.write(text)
  }

  #read(bytes: Buffer): void {
    let buffer = Buffer.concat([this.#rest, bytes])
    for (let end = buffer.indexOf(0); end >= 0; end = buffer.indexOf(0)) {
      this.#hear(JSON.parse(buffer.subarray(0, end).toString()) as Answer)
      buffer = buffer.subarray(end + 1)
    }
    this.#rest = buffer
  }

  #hear({ id, sessionId, method, params, result, error }: Answer): void {
    if (id === undefined) return void this.emit(sessionId === undefined ? method! : `${sessionId}:${method}`, params)
    const answer = this.#pending.get(id)
    this.#pending.delete(id)
    if (error) answer?.reject(new Error(error.message))
    else answer?.resolve(result)
  }
}
