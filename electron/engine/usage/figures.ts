import type { Figures } from '#contract/engine.ts'
import { textLines } from '../docker/json-lines.ts'
import type { EngineParts } from '../parts.ts'
import type { Tunnel } from '../tunnel/tunnel.ts'

/** One process in the guest for each listener: it ends with its stream, and asks nobody else. */
const command = `while :; do sed -n 1p /proc/stat; sed -n '/^MemTotal:/p;/^MemAvailable:/p' /proc/meminfo; df -k /var/lib/cove | sed -n '$p'; echo .; sleep 2; done`

/** Cpu time by then, in ticks. */
interface CpuTicks {
  busy: number
  all: number
}

/** What the vm uses for as long as somebody listens; null whenever it does not run. */
export async function* watchFigures({ life, machine }: Pick<EngineParts, 'life' | 'machine'>, signal: AbortSignal): AsyncGenerator<Figures | null> {
  while (!signal.aborted) {
    const session = machine.state === 'running' ? life.maybeSession : undefined
    if (session) yield* figuresOf(session.tunnel, signal)
    if (signal.aborted) return
    yield null
    await machine.until(({ state }) => state === 'running' && life.maybeSession !== session, signal)
  }
}

/** Ends with the session, without a word. */
async function* figuresOf(tunnel: Tunnel, signal: AbortSignal): AsyncGenerator<Figures> {
  try {
    await using process = await tunnel.run({ command, tty: null, signal })
    process.stdin.end()
    let [round, former] = [[] as string[], undefined as CpuTicks | undefined]
    for await (const line of textLines(process.stdout as AsyncIterable<Buffer>)) {
      if (line !== '.') {
        round.push(line)
        continue
      }
      const { figures, cpu } = readFigures(round, former)
      yield figures
      former = cpu
      round = []
    }
  } catch {
    // The tunnel is away: the next session, or the state, tells.
  }
}

/** What one round of the guest's lines says. */
export function readFigures(lines: readonly string[], former?: CpuTicks): { figures: Figures; cpu: CpuTicks } {
  const ticks = (lines.find((line) => line.startsWith('cpu ')) ?? '').split(/\s+/).slice(1, 9).map(Number)
  const all = ticks.reduce((sum, each) => sum + each, 0)
  const cpu = { all, busy: all - (ticks[3] ?? 0) - (ticks[4] ?? 0) }
  const kibibytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`).exec(lines.find((line) => line.startsWith(`${name}:`)) ?? '')?.[1] ?? 0)
  const [, total, used] = /\s(\d+)\s+(\d+)\s+\d+\s+\d+%/.exec(lines.at(-1) ?? '') ?? []
  const memoryBytes = kibibytes('MemTotal') * 1024
  return {
    cpu,
    figures: {
      cpuPercent: former === undefined || cpu.all <= former.all ? null : Math.round(((cpu.busy - former.busy) / (cpu.all - former.all)) * 1000) / 10,
      memoryUsedBytes: memoryBytes - kibibytes('MemAvailable') * 1024,
      memoryBytes,
      diskUsedBytes: Number(used ?? 0) * 1024,
      diskBytes: Number(total ?? 0) * 1024,
    },
  }
}
