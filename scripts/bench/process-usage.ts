import { readFile, readdir } from 'node:fs/promises'

/** What one process has used so far, and the memory it holds now. */
export interface ProcessUsage {
  /** Processor time of all its threads since it started. */
  cpuMs: number
  /** Times a thread went to sleep by itself: each ends with a wake-up. */
  sleeps: number
  residentMB: number
  /** Like resident, with pages that processes share divided among them. */
  proportionalMB: number
  at: number
}

/** How one process used the machine over a while. */
export interface UsageRate {
  /** Processor milliseconds in each second. */
  cpuMsPerSecond: number
  wakeUpsPerSecond: number
  residentMB: number
  proportionalMB: number
}

/** USER_HZ: what Linux tells processes counts in, proc(5). */
const ticksPerSecond = 100

/** The processor time in /proc/PID/stat in milliseconds: fields 14 and 15; the name before them may hold anything. */
export function cpuMsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond
}

/** A number after `name:` in a file of /proc; 0 when it is not there. */
export function numberAfter(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0)
}

/** Reads a process's use of the machine from /proc. @throws Error when it is gone. */
export async function readUsage(pid: number): Promise<ProcessUsage> {
  const folder = `/proc/${pid}`
  const tasks = await readdir(`${folder}/task`)
  const [stat, status, rollup, ...threads] = await Promise.all([
    readFile(`${folder}/stat`, 'utf8'),
    readFile(`${folder}/status`, 'utf8'),
    readFile(`${folder}/smaps_rollup`, 'utf8'),
    ...tasks.map((task) => readFile(`${folder}/task/${task}/status`, 'utf8').catch(() => '')),
  ])
  return {
    cpuMs: cpuMsOf(stat),
    sleeps: threads.reduce((sum, thread) => sum + numberAfter(thread, 'voluntary_ctxt_switches'), 0),
    residentMB: (numberAfter(status, 'VmRSS') * 1024) / 1e6,
    proportionalMB: (numberAfter(rollup, 'Pss') * 1024) / 1e6,
    at: performance.now(),
  }
}

/** What happened between two readings; the memory is that of the later one. */
export function usageBetween(before: ProcessUsage, after: ProcessUsage): UsageRate {
  const seconds = (after.at - before.at) / 1000
  return {
    cpuMsPerSecond: (after.cpuMs - before.cpuMs) / seconds,
    wakeUpsPerSecond: Math.max(0, after.sleeps - before.sleeps) / seconds,
    residentMB: after.residentMB,
    proportionalMB: after.proportionalMB,
  }
}
