import type { Figure } from './figure.ts'
import { coldStartOf, conventionalGuest, openSshAes, openSshDefault, rawForward, sshfsCached, sshfsDefault, virtiofsd } from './references.ts'
import { median } from './statistics.ts'
import { formatValue, layOut } from './table.ts'

/** A promise about a figure and what came of it. */
export interface Budget {
  name: string
  limit: string
  measured: string
  outcome: 'PASS' | 'MISS' | 'not measured'
  /** The figures it was judged by. */
  figures: string[]
}

interface Rule {
  name: string
  /** The figure it is about. */
  figure: string
  /** The reference it is about, in place of Cove. */
  of?: string
  /** Judged by the ratio to these references, the one that makes it look worst, rather than by the figure itself. */
  against?: readonly string[]
  /** How that ratio is taken. */
  ratio?: 'reference / ours' | 'ours / reference'
  atLeast?: number
  atMost?: number
}


const conventional = [conventionalGuest]
const openSsh = [openSshDefault, openSshAes]

/** What UX.md promises of the window, at the largest of the sizes. */
const windowRules: readonly Rule[] = [
  { name: 'window usable with the engine off', figure: 'window.usable', atMost: 1000 },
  { name: 'event → row, p95, 5,000 containers', figure: 'window.event-row-p95.5000', atMost: 150 },
  { name: '5,000 rows: first paint', figure: 'window.first-rows.5000', atMost: 200 },
  { name: '5,000 rows: search, a keystroke', figure: 'window.search.5000', atMost: 8 },
  // A tenth of a second is what people take for at once.
  { name: 'log at 50,000 lines/s: longest stall', figure: 'window.log-stall.5000', atMost: 100 },
  { name: 'log at 50,000 lines/s: lines in the window', figure: 'window.log-taken.5000', atLeast: 49_000 },
  { name: 'visits to a log leave the heap flat', figure: 'window.visits-heap-share.5000', atMost: 1.05 },
  { name: 'visits to a log leave no nodes', figure: 'window.visits-nodes.5000', atMost: 20 },
  { name: 'visits to a log leave no listeners', figure: 'window.visits-listeners.5000', atMost: 5 },
  { name: 'visits to a log leave no stream open', figure: 'window.visits-streams.5000', atMost: 0 },
  { name: 'hidden window: CPU', figure: 'window.hidden-cpu.5000', atMost: 5 },
]

const rules: readonly Rule[] = [
  ...windowRules,
  { name: 'cold start against a conventional guest', figure: 'boot.cold-start', against: conventional, ratio: 'reference / ours', atLeast: 4 },
  { name: 'what the host adds to the guest’s own boot', figure: 'boot.host-adds', atMost: 1.25 },
  { name: 'tunnel bulk, to the guest', figure: 'tunnel.bulk-up', against: openSsh, ratio: 'ours / reference', atLeast: 1 },
  { name: 'tunnel bulk, from the guest', figure: 'tunnel.bulk-down', against: openSsh, ratio: 'ours / reference', atLeast: 1 },
  { name: 'tunnel connection set-up', figure: 'tunnel.setup-p50', against: openSsh, ratio: 'ours / reference', atMost: 3 },
  { name: 'kernel + initrd + root', figure: 'sizes.total', atMost: 120 },
  { name: 'engine RSS, idle', figure: 'idle.engine-rss', atMost: 80 },
  { name: 'engine CPU, idle', figure: 'idle.engine-cpu', atMost: 5 },
  { name: 'wake against a cold start', figure: 'sleep.wake', against: [coldStartOf], ratio: 'ours / reference', atMost: 0.2 },
  { name: 'engine RSS while the vm sleeps', figure: 'sleep.engine-rss', atMost: 70 },
  { name: 'removed bytes back on the host within 60 s', figure: 'sleep.disk-share', atLeast: 0.95 },
  ...['create', 'stat-cold', 'read-cold', 'delete', 'write', 'read-large', 'tree'].map((operation) => ({
    name: `shares: ${operation} against sshfs`,
    figure: `shares.${operation}`,
    against: [sshfsCached],
    ratio: 'reference / ours' as const,
    atLeast: 1.5,
  })),
  // At once both may answer from the kernel's memory; later only what is kept for longer than libfuse's one second helps.
  ...['stat-warm', 'read-warm', 'stat-later', 'read-later', 'status', 'status-later', 'stat-calls', 'stat-calls-again', 'stat-calls-later', 'status-calls', 'status-calls-again', 'status-calls-later'].map((operation) => ({
    name: `shares: ${operation} against sshfs as it comes`,
    figure: `shares.${operation}`,
    against: [sshfsDefault],
    ratio: 'reference / ours' as const,
    atLeast: 5,
  })),
  // What may still be known is held against sshfs as it comes, which keeps folders for 20 s and virtiofs for one.
  ...[['create', sshfsCached], ['stat-cold', sshfsCached], ['tree', sshfsCached], ['delete', sshfsCached], ['stat-warm', sshfsDefault], ['stat-later', sshfsDefault], ['status', sshfsDefault], ['status-later', sshfsDefault]].map(([operation = '', reference = '']) => ({
    name: `shares by virtiofs: ${operation} against sshfs`,
    figure: `shares.${operation}`,
    of: virtiofsd,
    against: [reference],
    ratio: 'reference / ours' as const,
    atLeast: 2,
  })),
  ...['requests-1', 'requests-8', 'connections-1', 'connections-8', 'down-1', 'down-8', 'up-1', 'up-8'].map((what) => ({
    name: `ports: ${what} against QEMU’s own forward`,
    figure: `ports.${what}`,
    against: [rawForward],
    ratio: 'ours / reference' as const,
    atLeast: 0.9,
  })),
  { name: 'published port usable when docker run returns', figure: 'ports.first-connect', atMost: 100 },
  { name: 'shares: an edit on the host is seen', figure: 'shares.edit-seen', atMost: 50 },
  { name: 'cove status, idle, p95', figure: 'status.idle-p95', atMost: 300 },
  { name: 'cove status during a docker load, p95', figure: 'status.loaded-p95', atMost: 300 },
]

/** Holds figures against the budgets; a figure that is missing leaves its budget `not measured`. */
export function judge(figures: readonly Figure[]): Budget[] {
  return rules.map((rule) => judgeOne(rule, figures.find(({ name }) => name === rule.figure)))
}

function judgeOne(rule: Rule, figure: Figure | undefined): Budget {
  const { name, atLeast, atMost } = rule
  const unit = rule.against === undefined ? (figure?.unit ?? '×') : '×'
  const limit = atLeast === undefined ? `≤ ${formatValue(atMost ?? 0, unit)}` : `≥ ${formatValue(atLeast, unit)}`
  const value = figure && valueOf(rule, figure)
  const base = { name, limit, figures: [rule.figure] }
  if (value === undefined) return { ...base, measured: '', outcome: 'not measured' }
  const holds = value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity)
  return { ...base, measured: formatValue(value, unit), outcome: holds ? 'PASS' : 'MISS' }
}

function valueOf({ of, against, ratio, atLeast }: Rule, { runs, references }: Figure): number | undefined {
  const own = of === undefined ? runs : references.find(({ name }) => name === of)?.runs
  if (own === undefined) return undefined
  const ours = median(own)
  if (against === undefined) return ours
  const theirs = references.filter(({ name }) => against.includes(name)).map((reference) => median(reference.runs))
  if (theirs.length === 0) return undefined
  const ratios = theirs.map((value) => (ratio === 'reference / ours' ? value / ours : ours / value))
  return atLeast === undefined ? Math.max(...ratios) : Math.min(...ratios)
}

/** The table of budgets. */
export function budgetTable(budgets: readonly Budget[]): string[] {
  return layOut([['budget', 'measured', 'limit', ''], ...budgets.map(({ name, measured, limit, outcome }) => [name, measured, limit, outcome])])
}
