import { readFile } from 'node:fs/promises'
import { execa } from 'execa'

/** A process that cannot be confused with a later one of the same pid. */
export interface ProcessIdentity {
  pid: number
  /** An opaque start stamp from the system, equal for the whole life of the process. */
  started: string
}

/** Identifies a running process; undefined when there is none with that pid (zombies count as gone). */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const started = await startStamp(pid)
  return started === undefined ? undefined : { pid, started }
}

/** Whether exactly this process still runs. */
export async function isSameProcessAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await startStamp(identity.pid)) === identity.started
}

async function startStamp(pid: number): Promise<string | undefined> {
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  if (process.platform === 'linux') return linuxStartStamp(pid)
  if (process.platform !== 'win32') return psStartStamp(pid)
  const command = `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`
  const { stdout, failed } = await execa('powershell', ['-NoProfile', '-Command', command], { reject: false })
  return failed || stdout.trim() === '' ? undefined : stdout.trim()
}

/** ps(1) of macOS; the stamp must not depend on who asks, so language and time zone are fixed. */
export async function psStartStamp(pid: number): Promise<string | undefined> {
  const env = { LC_ALL: 'C', TZ: 'UTC' }
  const { stdout, failed } = await execa('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { reject: false, env })
  const [state = '', ...started] = stdout.trim().split(/\s+/)
  return failed || state === '' || state.startsWith('Z') ? undefined : started.join(' ')
}

/** Field 22 (starttime) of /proc/PID/stat plus the boot id; proc(5). */
async function linuxStartStamp(pid: number): Promise<string | undefined> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ])
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${boot.trim()}:${fields[19]}`
  } catch {
    return undefined
  }
}
