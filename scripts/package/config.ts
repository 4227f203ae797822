import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Configuration } from 'electron-builder'
import { hostLibraries } from '../build/host-libraries.ts'

/** The systems an app is laid out for. */
export const packagePlatforms = ['linux', 'win32', 'darwin'] as const
export type PackagePlatform = (typeof packagePlatforms)[number]

/** What a package is made of. */
export interface PackageOptions {
  platform: PackagePlatform
  arch: 'x64' | 'arm64'
  /** A folder with Electron's files; without it electron-builder downloads them. */
  electronDist?: string
  hasFuses: boolean
}

/** Files laid beside the app's archive. */
interface Resource {
  from: string
  to: string
}

/** What the app must never be talked into: being a Node for others, or loading code that is not its own. */
const fuses = {
  runAsNode: false,
  enableCookieEncryption: true,
  enableNodeOptionsEnvironmentVariable: false,
  enableNodeCliInspectArguments: false,
  onlyLoadAppFromAsar: true,
  grantFileProtocolExtraPrivileges: false,
} as const

/** electron-builder's configuration for one system. All code is bundled: no node_modules are packed. */
export function packageConfig({ platform, arch, electronDist, hasFuses }: PackageOptions): Configuration & { extraResources: Resource[] } {
  const guest = arch === 'arm64' ? 'arm64' : 'amd64'
  return {
    appId: 'dev.cove.app',
    productName: 'Cove',
    directories: { output: `dist/package/${platform}-${arch}` },
    files: ['package.json', 'dist/desktop/**', 'dist/renderer/**', 'resources/icons/*.png', '!node_modules', '!**/*.map', '!**/inputs.json'],
    extraResources: [
      { from: 'dist/engine/engine.mjs', to: 'engine/engine.mjs' },
      { from: 'dist/engine/main.mjs', to: 'engine/main.mjs' },
      { from: 'dist/engine/share-worker.mjs', to: 'engine/share-worker.mjs' },
      { from: `node_modules/better-sqlite3/prebuilds/${platform}-${arch}.node`, to: 'engine/better_sqlite3.node' },
      nodeProgram(platform, arch),
      // Compiled for the processor it is built on.
      ...(platform === 'linux' && arch === process.arch ? hostLibraries.map(({ file }) => ({ from: `dist/engine/${file}`, to: `engine/${file}` })) : []),
      { from: `dist/guest/${guest}`, to: `guest/${guest}` },
    ],
    protocols: [{ name: 'Cove', schemes: ['cove'] }],
    npmRebuild: false,
    ...(electronDist === undefined ? {} : { electronDist }),
    ...(hasFuses ? { electronFuses: fuses } : {}),
    linux: { icon: 'resources/icons/app-512.png', category: 'Development' },
    win: { icon: 'resources/icons/app.ico', ...(electronDist === undefined ? {} : { signAndEditExecutable: false }) },
    // Signed in the release, not here.
    mac: { icon: 'resources/icons/app.icns', category: 'public.app-category.developer-tools', identity: null },
  }
}

/** The Node that the engine runs on, from npm's package for that system. */
function nodeProgram(platform: PackagePlatform, arch: 'x64' | 'arm64'): Resource {
  const system = platform === 'win32' ? 'win' : platform
  return platform === 'win32' ? { from: `node_modules/node-win-${arch}/bin/node.exe`, to: 'engine/node.exe' } : { from: `node_modules/node-${system}-${arch}/bin/node`, to: 'engine/node' }
}

/** The mark before the fuses in Electron's program (@electron/fuses). */
const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'

/** Whether a folder holds a real Electron, whose fuses can be set. */
export function canFlipFuses(folder: string): boolean {
  const files = readdirSync(folder).map((name) => join(folder, name))
  return files.some((file) => statSync(file).isFile() && statSync(file).size > 1_000_000 && readFileSync(file).includes(sentinel))
}
