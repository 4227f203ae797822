import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Where the app finds what it runs. */
export interface ProgramPlaces {
  isPackaged: boolean
  /** Electron's resources folder of a packaged app. */
  resourcesPath: string
  /** The checkout or the app's archive. */
  appPath: string
  platform: NodeJS.Platform
}

/** The Node and the entry that the engine is started with. Electron itself is not used as Node: a fuse forbids it. */
export function engineProgram({ isPackaged, resourcesPath, appPath, platform }: ProgramPlaces): { program: string; entry: string } {
  const node = platform === 'win32' ? 'node.exe' : 'node'
  if (isPackaged) return { program: join(resourcesPath, 'engine', node), entry: join(resourcesPath, 'engine', 'engine.mjs') }
  const own = join(appPath, 'node_modules', '.bin', node)
  return { program: existsSync(own) ? own : node, entry: join(appPath, 'dist', 'engine', 'engine.mjs') }
}
