import { readFile } from 'node:fs/promises'

/** Field 22 of /proc/PID/stat in milliseconds since the host booted; proc(5). */
export function startedSinceBootMs(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[19]) * 10
}

/** When a process was started, in milliseconds since 1970, to within 10 ms. @throws Error when it is gone. */
export async function startedAtMs(pid: number): Promise<number> {
  const [stat, uptime] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile('/proc/uptime', 'utf8')])
  const bootedAt = Date.now() - Number(uptime.split(' ')[0]) * 1000
  return bootedAt + startedSinceBootMs(stat)
}
