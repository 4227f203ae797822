import i18next from 'i18next'
import { useStore } from '../../state/store.ts'
import { usages } from '../../state/usage.ts'
import { trailLength } from '../../state/usage-trails.ts'
import { formatBytes, formatPercent } from '../../ui/format.ts'
import { Sparkline } from '../../ui/sparkline.tsx'

/** What a container's processors did lately. */
export function CpuCell({ id }: { id: string }) {
  const trail = useStore(usages).get(id)?.cpuPercent
  const last = trail?.at(-1)
  if (!trail || last === undefined) return ''
  return <span className="usage-cell figure"><Sparkline values={trail} top={20} length={trailLength} />{formatPercent(last, i18next.language)}</span>
}

/** What a container's memory was lately. */
export function MemoryCell({ id }: { id: string }) {
  const trail = useStore(usages).get(id)?.memoryBytes
  const last = trail?.at(-1)
  if (!trail || last === undefined) return ''
  return <span className="usage-cell figure"><Sparkline values={trail} top={16 * 1024 ** 2} length={trailLength} />{formatBytes(last, i18next.language)}</span>
}

/** The last figure of a container; 0 when there is none. */
export function lastUsage(id: string, what: 'cpuPercent' | 'memoryBytes'): number {
  return usages.value.get(id)?.[what].at(-1) ?? 0
}
