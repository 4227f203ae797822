import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where this system keeps its own names. */
export function hostsFile(platform: NodeJS.Platform = process.platform, env: NodeJS.ProcessEnv = process.env): string {
  return platform === 'win32' ? join(env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'drivers', 'etc', 'hosts') : '/etc/hosts'
}

/** Whether a hosts file's text lists a name, in any case; hosts(5). */
export function listsName(hosts: string, name: string): boolean {
  const wanted = name.toLowerCase()
  return hosts.split(/\r?\n/).some((line) => {
    const [, ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/)
    return names.includes(wanted)
  })
}

/** Whether the host's own file lists a name; read anew, so that an edit counts at once. */
export async function isInHostsFile(name: string, path: string = hostsFile()): Promise<boolean> {
  return listsName(await readFile(path, 'utf8').catch(() => ''), name)
}
