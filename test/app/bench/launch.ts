import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { checkout } from '#scripts/checkout.ts'
import { electronEnvironment, hasElectron } from '../fixtures/electron-program.ts'
import { CdpPage } from './cdp.ts'

const openLimitMs = 60_000

/** An app that was launched, and the page it shows. */
export interface Launched extends AsyncDisposable {
  page: CdpPage
  /** Its main process. */
  pid: number
  /** When it was executed, on the clock of `now()`. */
  at: number
}

/** Milliseconds since 1970 with fractions: the clock that this process and the page have in common. */
export const now = (): number => performance.timeOrigin + performance.now()

/** Else Chromium goes to no more than 200 places in ten seconds, in silence: a thousand visits are faster. */
const tooFast = '--disable-ipc-flooding-protection'

/** What the app runs on: said beside the figures. */
export const program = hasElectron() && process.env['COVE_STANDIN'] !== '1' ? 'Electron' : "Debian's Chromium through the stand-in"

/** Launches the app in a folder (Cove's is the checkout), and connects to its page. */
export async function launch(appFolder: string, env: Record<string, string>): Promise<Launched> {
  const own = electronEnvironment()
  const dist = own['ELECTRON_OVERRIDE_DIST_PATH']
  const path = dist === undefined ? (createRequire(import.meta.url)('electron') as string) : join(dist, 'electron')
  const at = now()
  const child = spawn(path, [appFolder, '--remote-debugging-port=0', tooFast], { cwd: checkout, env: { ...process.env, ...own, ...env }, stdio: ['ignore', 'ignore', 'pipe'] })
  try {
    const page = await CdpPage.connect(await debuggingAddress(child), openLimitMs)
    return {
      page,
      pid: child.pid ?? 0,
      at,
      [Symbol.asyncDispose]: async () => {
        const ended = child.exitCode === null ? once(child, 'exit') : undefined
        await page[Symbol.asyncDispose]()
        await ended
      },
    }
  } catch (error) {
    child.kill('SIGTERM')
    throw error
  }
}

/** Chromium says on stderr where its DevTools listen. */
async function debuggingAddress(child: ChildProcess): Promise<string> {
  const found = Promise.withResolvers<string>()
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-10_000)
    const address = /DevTools listening on (ws:\S+)/.exec(said)?.[1]
    if (address !== undefined) found.resolve(address)
  })
  child.once('error', (error) => found.reject(error))
  child.once('exit', (code) => found.reject(new Error(`the app ended with ${code} before it showed a page: ${said.slice(-2000)}`)))
  return found.promise
}
