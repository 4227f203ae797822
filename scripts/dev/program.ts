import { join } from 'node:path'
import { checkout } from '../checkout.ts'
import { findElectron, hasDisplay } from '../start/open-app.ts'

/** What the app runs on. */
export interface DevProgram {
  program: string
  env: NodeJS.ProcessEnv
  /** The same in words. */
  about: string
}

/** Electron where there is a display and it can be had, else its stand-in (test/app/stand-in); COVE_STANDIN=1 takes that in any case. */
export async function findDevProgram(env: NodeJS.ProcessEnv = process.env): Promise<DevProgram> {
  const isSeen = hasDisplay(env)
  const electron = isSeen && env['COVE_STANDIN'] !== '1' ? await findElectron() : undefined
  if (electron !== undefined) return { program: electron, env, about: 'the app runs on Electron' }
  return {
    program: join(checkout, 'test', 'app', 'stand-in', 'bin', 'electron'),
    env: { COVE_STANDIN_NODE: process.execPath, ...(isSeen ? { COVE_STANDIN_HEADED: '1' } : {}), ...env },
    about: `the app runs on Electron’s stand-in in Debian’s Chromium${isSeen ? '' : ', unseen: there is no display (--remote-debugging-port=0 lets you look)'}`,
  }
}
