import { constants } from 'node:fs'
import { access, realpath, stat } from 'node:fs/promises'
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import { execa } from 'execa'
import { CoveError } from '#contract/errors.ts'
import { installHint, parseQemuVersion, programFolders, programName, type QemuVersion, versionProblem, type VmHost } from './host.ts'

/** A program file, told apart from any other build at the same path. */
export interface ProgramFile {
  path: string
  /** Changes whenever the file does. */
  stamp: string
}

/** Where to look for programs. */
export interface ProgramSearch {
  host: VmHost
  /** The user's own choice; empty means search. */
  program: string
  /** PATH; default the process's. */
  searchPath?: string
}

/**
 * Finds the QEMU program.
 * @throws CoveError `vm.program-missing`, naming every folder looked into and what to install.
 */
export async function findQemu(search: ProgramSearch): Promise<ProgramFile> {
  const { host, program } = search
  if (program !== '' && isAbsolute(program)) {
    const found = await programFile(program)
    if (found) return found
    throw missing(`there is no program at "${program}" (setting vm.qemu)`, host)
  }
  const name = program === '' ? programName(host) : program
  const folders = searchFolders(search)
  return (await firstProgram(name, folders)) ?? raise(missing(`"${name}" was not found in ${folders.join(', ')}`, host))
}

/**
 * Finds qemu-img: beside QEMU first, so that both are of one release.
 * @throws CoveError `vm.program-missing`.
 */
export async function findQemuImg(search: ProgramSearch, qemu: ProgramFile): Promise<string> {
  const name = search.host.platform === 'win32' ? 'qemu-img.exe' : 'qemu-img'
  const folders = [dirname(qemu.path), ...searchFolders(search)]
  const found = await firstProgram(name, folders)
  return found?.path ?? raise(missing(`"${name}" was not found in ${[...new Set(folders)].join(', ')}`, search.host))
}

/**
 * Asks a QEMU program for its release and holds it against what this host needs.
 * @throws CoveError `vm.program-unusable` when it does not run, is no QEMU, or is too old; with the end of its output.
 */
export async function qemuVersion(qemu: ProgramFile, host: VmHost, signal?: AbortSignal): Promise<QemuVersion> {
  const run = await execa(qemu.path, ['--version'], { reject: false, timeout: 10_000, stdin: 'ignore', ...(signal ? { cancelSignal: signal } : {}) })
  signal?.throwIfAborted()
  const version = parseQemuVersion(run.stdout)
  if (!version || run.failed) {
    const how = run.timedOut ? 'did not answer within 10 s' : run.signal ? `was ended by ${run.signal}` : `ended with code ${run.exitCode ?? 'unknown'}`
    const output = lastLines(`${run.stdout}\n${run.stderr}`, 5) || run.originalMessage || 'no output'
    throw unusable(`"${qemu.path} --version" ${how}: ${output}`, host)
  }
  const problem = versionProblem(version, host)
  if (problem) throw unusable(`QEMU "${qemu.path}": ${problem}`, host)
  return version
}

/** The last `count` non-empty lines of a program's output, joined by " | ". */
export function lastLines(text: string, count: number): string {
  const lines = text.split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '').slice(-count).join(' | ')
}

function searchFolders({ host, searchPath = process.env['PATH'] ?? '' }: ProgramSearch): string[] {
  return [...new Set([...searchPath.split(delimiter), ...programFolders(host)])].filter((folder) => isAbsolute(folder))
}

async function firstProgram(name: string, folders: readonly string[]): Promise<ProgramFile | undefined> {
  for (const folder of folders) {
    const found = await programFile(join(folder, name))
    if (found) return found
  }
  return undefined
}

async function programFile(path: string): Promise<ProgramFile | undefined> {
  try {
    const real = await realpath(path)
    const [info] = await Promise.all([stat(real), access(real, constants.X_OK)])
    if (!info.isFile()) return undefined
    return { path, stamp: `${real}:${info.size}:${info.mtimeMs}:${info.ino}` }
  } catch {
    return undefined
  }
}

function missing(what: string, host: VmHost): CoveError {
  return new CoveError('vm.program-missing', { message: `QEMU is missing: ${what}`, hint: installHint(host) })
}

function unusable(what: string, host: VmHost): CoveError {
  return new CoveError('vm.program-unusable', { message: what, hint: installHint(host) })
}

function raise(error: Error): never {
  throw error
}
