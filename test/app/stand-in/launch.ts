import { statSync } from 'node:fs'
import inspector from 'node:inspector'
import Module, { createRequire, registerHooks } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createElectron } from './stand-in.ts'

/** What Electron's own command line says, as far as Playwright and people use it. */
interface Words {
  preloads: string[]
  inspect: number | undefined
  debuggingPort: string | undefined
  /** What else is for Chromium. */
  switches: string[]
  app: string
}

function readWords(words: readonly string[]): Words {
  const read: Words = { preloads: [], inspect: undefined, debuggingPort: undefined, switches: [], app: '.' }
  let hasApp = false
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!
    if (word === '-r' || word === '--require') read.preloads.push(words[++index]!)
    else if (word.startsWith('--inspect')) read.inspect = Number(word.split('=')[1] ?? 9229)
    else if (word.startsWith('--remote-debugging-port')) read.debuggingPort = word
    else if (word.startsWith('--')) read.switches.push(word)
    else if (!word.startsWith('-') && !hasApp) {
      read.app = word
      hasApp = true
    }
  }
  return read
}

const { preloads, inspect, debuggingPort, switches, app } = readWords(process.argv.slice(2))
const appPath = resolve(app)
process.argv = [join(import.meta.dirname, 'bin', 'electron'), ...process.argv.slice(2)]
const { version } = createRequire(`${appPath}/`)('electron/package.json') as { version: string }
Object.defineProperty(process.versions, 'electron', { value: version, enumerable: true })
Object.defineProperty(process, 'type', { value: 'browser' })
Object.defineProperty(process, 'resourcesPath', { value: join(import.meta.dirname, 'bin', 'resources') })
// Playwright reads the inspector's address from stderr.
if (inspect !== undefined) inspector.open(inspect, '127.0.0.1')

const { electron, start } = await createElectron(appPath, debuggingPort, switches)
const isElectron = (name: string): boolean => name === 'electron' || name === 'electron/main'

// require('electron'), as Playwright's own loader does it.
const modules = Module as unknown as { _load(name: string, ...rest: unknown[]): unknown }
const load = modules._load
modules._load = function loadOrElectron(name: string, ...rest: unknown[]): unknown {
  return isElectron(name) ? electron : load.call(this, name, ...rest)
}
// import … from 'electron'
Object.assign(globalThis, { coveStandInElectron: electron })
const names = Object.keys(electron)
const source = `const electron = globalThis.coveStandInElectron\nexport default electron\n${names.map((name) => `export const ${name} = electron.${name}`).join('\n')}`
const url = `data:text/javascript,${encodeURIComponent(source)}`
registerHooks({
  resolve: (name, context, next) => (isElectron(name) && !context.conditions.includes('require') ? { url, shortCircuit: true, format: 'module' } : next(name, context)),
})

for (const preload of preloads) createRequire(`${process.cwd()}/`)(resolve(preload))
const main = statSync(appPath).isDirectory() ? createRequire(`${appPath}/`).resolve('./') : appPath
// As in Electron: ready only after the app's main module has been evaluated.
await import(pathToFileURL(main).href)
start()
