import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { checkout } from '../checkout.ts'

const electron = join(checkout, 'node_modules', 'electron')
const downloadLimitMs = 180_000

/** Whether a window could be shown to anybody. */
export function hasDisplay(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): boolean {
  return platform !== 'linux' || Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY'])
}

/** Electron's program, downloaded if it is not there yet; undefined when it cannot be had. */
export async function findElectron(): Promise<string | undefined> {
  const pathFile = join(electron, 'path.txt')
  if (!existsSync(pathFile)) {
    console.log('Downloading Electron …')
    await execa(process.execPath, [join(electron, 'install.js')], { reject: false, stdio: 'ignore', timeout: downloadLimitMs })
  }
  const program = existsSync(pathFile) ? join(electron, 'dist', readFileSync(pathFile, 'utf8')) : undefined
  return program !== undefined && existsSync(program) ? program : undefined
}

/** Opens the app beside this process, which it outlives; what to tell the user. */
export async function openApp(): Promise<string> {
  if (!hasDisplay()) return 'No display here: everything works from the command line.'
  const program = await findElectron()
  if (program === undefined) return 'Electron cannot be downloaded here, so there is no window: everything works from the command line.'
  const app = spawn(program, [checkout], { detached: true, stdio: 'ignore' })
  // A program that cannot be run is told of by this event alone.
  app.on('error', (error) => console.error(`The app did not open: ${error.message}`))
  app.unref()
  return 'The app is open; its icon is in the tray.'
}
