import { readFile, readdir } from 'node:fs/promises'

/** What one thread has used since it started. */
interface ThreadUsage {
  cpuMs: number
  /** Times it went to sleep by itself: each ends with a wake-up. */
  sleeps: number
}

/** What one process has used so far, and the memory it holds now. */
export interface ProcessUsage {
  /** Processor time of all its threads, ended ones too, in steps of 10 ms. */
  cpuMs: number
  /** Its present threads by their ids; their processor time is exact. */
  threads: ReadonlyMap<string, ThreadUsage>
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
  const ids = await readdir(`${folder}/task`)
  const [stat, status, rollup, ...threads] = await Promise.all([
    readFile(`${folder}/stat`, 'utf8'),
    readFile(`${folder}/status`, 'utf8'),
    readFile(`${folder}/smaps_rollup`, 'utf8'),
    ...ids.map((id) => readThread(`${folder}/task/${id}`)),
  ])
  return {
    cpuMs: cpuMsOf(stat),
    threads: new Map(ids.flatMap((id, index) => (threads[index] ? [[id, threads[index]]] : []))),
    residentMB: (numberAfter(status, 'VmRSS') * 1024) / 1e6,
    proportionalMB: (numberAfter(rollup, 'Pss') * 1024) / 1e6,
    at: performance.now(),
  }
}

/** Undefined for a thread that has just ended. The first number of schedstat is nanoseconds (kernel: sched-stats.rst). */
async function readThread(folder: string): Promise<ThreadUsage | undefined> {
  try {
    const [schedstat, status] = await Promise.all([readFile(`${folder}/schedstat`, 'utf8'), readFile(`${folder}/status`, 'utf8')])
    return { cpuMs: Number(schedstat.split(' ')[0]) / 1e6, sleeps: numberAfter(status, 'voluntary_ctxt_switches') }
  } catch {
    return undefined
  }
}

/** Two steps of the coarse count: what it may differ from the exact one by itself. */
const coarseMs = 20

/** What happened between two readings; the memory is that of the later one. */
export function usageBetween(before: ProcessUsage, after: ProcessUsage): UsageRate {
  const seconds = (after.at - before.at) / 1000
  const used = { cpuMs: 0, sleeps: 0 }
  for (const [id, { cpuMs, sleeps }] of after.threads) {
    const earlier = before.threads.get(id)
    used.cpuMs += cpuMs - (earlier?.cpuMs ?? 0)
    used.sleeps += sleeps - (earlier?.sleeps ?? 0)
  }
  // Threads that ended in between are only in the count of the whole process.
  const coarse = after.cpuMs - before.cpuMs
  return {
    cpuMsPerSecond: (coarse - used.cpuMs > coarseMs ? coarse : used.cpuMs) / seconds,
    wakeUpsPerSecond: used.sleeps / seconds,
    residentMB: after.residentMB,
    proportionalMB: after.proportionalMB,
  }
}
