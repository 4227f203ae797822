import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkout } from '../checkout.ts'
import { readMirrors } from '../guest/apt-sources.ts'
import { checkStructure, type SourceFile } from './structure-rules.ts'

/** Every file that is or would be committed. */
function listFiles(): SourceFile[] {
  const listing = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: checkout, encoding: 'utf8' })
  return listing.split('\0').filter(Boolean).flatMap(readText)
}

/** A file's text; nothing for what is deleted but not yet committed, and for binary files. */
function readText(path: string): SourceFile[] {
  try {
    const bytes = readFileSync(join(checkout, path))
    return [{ path, text: bytes.includes(0) ? '' : bytes.toString() }]
  } catch {
    return []
  }
}

/** The hosts this machine installs packages from, as npm and apt are configured right now. */
async function registryHosts(): Promise<string[]> {
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { cwd: checkout, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  const mirrors = await readMirrors().catch(() => undefined)
  const urls = [registry, ...(mirrors ? [mirrors.debian, mirrors.security] : [])]
  const hosts = urls.filter((url) => URL.canParse(url)).map((url) => new URL(url).hostname)
  // A mirror on this very machine has no name worth hiding.
  return [...new Set(hosts)].filter((host) => host !== '' && !/^(localhost|127\.|\[::1\])/.test(host))
}

/** Checks the repository and prints what is wrong; how many findings there are. */
export async function runStructure(): Promise<number> {
  const findings = checkStructure(listFiles(), { registryHosts: await registryHosts() })
  for (const { path, line, problem } of findings) console.log(`${path}${line === undefined ? '' : `:${line}`} ${problem}`)
  return findings.length
}

if (import.meta.main) process.exitCode = (await runStructure()) > 0 ? 1 : 0
