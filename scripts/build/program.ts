import { statSync } from 'node:fs'
import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild'
import { checkout } from '../checkout.ts'
import { fingerprint } from '../setup/freshness.mjs'
import { usedBuiltIns } from './built-ins.ts'
import { buildHostLibraries, hostLibraries } from './host-libraries.ts'
import { knownAtBuildTime } from './known-certificates.ts'
import { leaveOut, nativeSqlite, ssh2Client, wsWithoutTls, zodInEnglish } from './packages.ts'

/** One bundled program of dist/. */
export interface Program {
  name: 'engine' | 'cli' | 'desktop'
  /** Its first source files by the names of their bundles. */
  entries: Record<string, string>
  /** A script that Electron loads on its own beside it, as CommonJS: sandboxed preload scripts know nothing else. */
  preload?: string
  /** Chunks for what is imported on demand: only where that is at once, a running program would miss those of an older build. */
  splitting: boolean
}

/** The programs that dist/ holds. */
export const programs: readonly Program[] = [
  { name: 'engine', entries: { main: 'electron/engine/main.ts', 'share-worker': 'electron/engine/share-worker.ts' }, splitting: false },
  { name: 'cli', entries: { main: 'electron/cli/main.ts' }, splitting: true },
  { name: 'desktop', entries: { main: 'electron/desktop/main.ts' }, preload: 'electron/desktop/preload.ts', splitting: true },
]

/** Bundles one program into dist/<name>/ and notes the inputs by which the next build knows that nothing changed. */
export async function buildProgram(program: Program): Promise<void> {
  const folder = join(checkout, 'dist', program.name)
  const beganAt = Date.now()
  await mkdir(folder, { recursive: true })
  const results = await Promise.all([build(optionsOf(program, folder)), ...(program.preload === undefined ? [] : [build(preloadOptions(program.preload, folder))])])
  const outputFiles = results.flatMap((result) => result.outputFiles ?? [])
  for (const { path, contents } of outputFiles) await writeWhole(path, contents)
  if (program.name === 'engine') await Promise.all([copySqlite(folder), buildHostLibraries(folder)])
  await removeOthers(folder, outputFiles.map(({ path }) => basename(path)))
  const inputs = Object.assign({}, ...results.map(({ metafile }) => metafile!.inputs)) as Metafile['inputs']
  await writeWhole(join(folder, 'inputs.json'), JSON.stringify(fingerprints(inputs, beganAt), null, 1))
}

/** What CommonJS packages expect around them. */
export const banner = { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url),__dirname=import.meta.dirname,__filename=import.meta.filename;" }

/** What becomes of imports in every program. */
export const plugins: readonly Plugin[] = [usedBuiltIns, knownAtBuildTime, leaveOut, nativeSqlite, ssh2Client, wsWithoutTls, zodInEnglish]

function preloadOptions(entry: string, outdir: string): BuildOptions {
  return {
    absWorkingDir: checkout,
    entryPoints: { preload: entry },
    outdir,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    // Chromium's side of the Electron in package.json.
    target: 'chrome140',
    external: ['electron'],
    metafile: true,
    write: false,
    logLevel: 'warning',
  }
}

function optionsOf({ entries, splitting }: Program, outdir: string): BuildOptions {
  return {
    absWorkingDir: checkout,
    entryPoints: entries,
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting,
    platform: 'node',
    // Packages that ship both: their ESM build; UMD wrappers (jsonc-parser) hide their requires from the bundler.
    mainFields: ['module', 'main'],
    format: 'esm',
    target: 'node24',
    // Names stay readable in stack traces; whitespace and dead code cost start-up time and memory.
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'warning',
    define: { 'import.meta.main': 'true' },
    banner,
    external: ['electron'],
    plugins: [...plugins],
  }
}

/** File systems tell time in steps of some ms. */
const clockStepMs = 10

/** Inputs outside node_modules with their size and time, the build's own sources and the lock file (for node_modules) among them; one that was written since the build began may not have been read as it is. */
function fingerprints(inputs: Metafile['inputs'], beganAt: number): Record<string, string> {
  const own = Object.keys(inputs).filter((file) => !file.includes('node_modules/') && !file.includes(':'))
  const build = ['build.ts', 'build/program.ts', 'build/packages.ts', 'build/built-ins.ts', 'build/known-certificates.ts', 'build/launchers.ts', 'build/host-libraries.ts'].map((file) => `scripts/${file}`)
  return Object.fromEntries([...own, ...build, ...hostLibraries.map(({ source }) => source), 'package.json', 'package-lock.json'].map((file) => [file, isOlder(join(checkout, file), beganAt) ? fingerprint(join(checkout, file)) : 'written during the build']))
}

function isOlder(path: string, thanMs: number): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < thanMs - clockStepMs
}

/** Replaces a file in one step: a program that starts meanwhile reads the old one or the new one. */
async function writeWhole(path: string, contents: string | Uint8Array): Promise<void> {
  const next = `${path}.${process.pid}.new`
  await writeFile(next, contents)
  await rename(next, path)
}

async function copySqlite(folder: string): Promise<void> {
  const prebuilt = join(checkout, 'node_modules/better-sqlite3/prebuilds', `${process.platform}-${process.arch}.node`)
  const next = join(folder, `better_sqlite3.node.${process.pid}.new`)
  await copyFile(prebuilt, next)
  await rename(next, join(folder, 'better_sqlite3.node'))
}

/** Removes chunks of former builds. */
async function removeOthers(folder: string, written: readonly string[]): Promise<void> {
  const old = (await readdir(folder)).filter((name) => /\.mjs(\.map)?$/.test(name) && !written.includes(name) && !launchers.includes(name))
  await Promise.all(old.map((name) => rm(join(folder, name), { force: true })))
}

const launchers = ['engine.mjs', 'cove.mjs']
