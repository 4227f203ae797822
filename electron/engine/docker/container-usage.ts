import { z } from 'zod'
import type { Usage } from '#contract/usage.ts'
import { wireTime } from './wire-time.ts'

const count = z.number().nullish().transform((value) => value ?? 0)
const Network = z.object({ rx_bytes: count, tx_bytes: count })

/** Docker's answer to `GET /containers/{id}/stats`; every part may be missing while the container starts or ends. */
export const Stats = z.object({
  read: z.string().default(''),
  cpu_stats: z.object({ cpu_usage: z.object({ total_usage: count }).nullish() }).nullish(),
  memory_stats: z.object({ usage: count, limit: count, stats: z.record(z.string(), z.unknown()).nullish() }).nullish(),
  networks: z.record(z.string(), Network).nullish(),
  blkio_stats: z.object({ io_service_bytes_recursive: z.array(z.object({ op: z.string().default(''), value: count })).nullish() }).nullish(),
  pids_stats: z.object({ current: count }).nullish(),
})
export type Stats = z.infer<typeof Stats>

/** What a sample is compared with: when it was taken, and the cpu time used by then. */
export interface CpuMark {
  atMs: number
  cpuNs: number
}

/** Where a sample stands, for the next one. */
export function cpuMark({ read, cpu_stats: cpu }: Stats): CpuMark {
  return { atMs: Date.parse(read), cpuNs: cpu?.cpu_usage?.total_usage ?? 0 }
}

/** Whether the container ran: of one that does not, Docker gives zeros. */
export function isRunningStats({ memory_stats: memory, pids_stats: pids }: Stats): boolean {
  return (memory?.usage ?? 0) > 0 || (pids?.current ?? 0) > 0
}

/** One sample of Docker's as Cove shows it. */
export function usageOf(stats: Stats, former?: CpuMark): Usage {
  const memory = stats.memory_stats
  const inactive = memory?.stats?.['inactive_file'] ?? memory?.stats?.['total_inactive_file']
  const networks = Object.values(stats.networks ?? {})
  const moved = (op: string): number => (stats.blkio_stats?.io_service_bytes_recursive ?? []).reduce((sum, entry) => sum + (entry.op.toLowerCase() === op ? entry.value : 0), 0)
  return {
    at: wireTime(stats.read),
    cpuPercent: percentOf(cpuMark(stats), former),
    memoryBytes: Math.max(0, (memory?.usage ?? 0) - (typeof inactive === 'number' ? inactive : 0)),
    memoryLimitBytes: memory?.limit ?? 0,
    receivedBytes: networks.reduce((sum, { rx_bytes: bytes }) => sum + bytes, 0),
    sentBytes: networks.reduce((sum, { tx_bytes: bytes }) => sum + bytes, 0),
    readBytes: moved('read'),
    writtenBytes: moved('write'),
    processes: Math.trunc(stats.pids_stats?.current ?? 0),
  }
}

/** Docker's clock is the guest's, which may jump; a container that started anew begins at zero. */
function percentOf(now: CpuMark, former: CpuMark | undefined): number | null {
  if (former === undefined || !(now.atMs > former.atMs) || now.cpuNs < former.cpuNs) return null
  return Math.round(((now.cpuNs - former.cpuNs) / 1e6 / (now.atMs - former.atMs)) * 10_000) / 100
}
