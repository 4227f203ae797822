import type { Place } from '#contract/desktop-bridge.ts'
import type { EngineEvent } from '#contract/history.ts'
import type { Preferences } from './memory.ts'
import { shortText } from './menu-text.ts'
import type { Words } from './words.ts'

/** What is told when it happens, and removals, which change where a click leads. */
export const noticedKinds = ['container.exited', 'container.oom-killed', 'container.removed', 'disk.nearly-full', 'disk.full', 'vm.paused'] as const

/** One notification, and where a click on it leads. */
export interface Notice {
  title: string
  body: string
  place: Place
}

/** What a plan depends on beside the events. */
export interface NoticeFacts {
  words: Words
  wants: Pick<Preferences, 'notifyExits' | 'notifyOom' | 'notifyDisk'>
  /** Whether this container was told of a moment ago. */
  isToldOf(id: string): boolean
}

/** So many names are listed when many containers are one notification. */
const mostNames = 5

/** The event after which all are news, of the newest ones (newest first): none from before the app began, none twice. */
export function lastOldEvent(newest: readonly EngineEvent[], { startedAt, lastTold }: { startedAt: number; lastTold: number }): number {
  // A store that was made anew counts from one again.
  const told = lastTold > (newest[0]?.id ?? 0) ? 0 : lastTold
  const old = newest.find(({ id, at }) => id <= told || Date.parse(at) < startedAt)
  return old?.id ?? Math.max(0, (newest.at(-1)?.id ?? 1) - 1)
}

/** The notifications for what happened at about the same time: one of each sort, however much it was. */
export function planNotices(events: readonly EngineEvent[], facts: NoticeFacts): Notice[] {
  const { wants, isToldOf } = facts
  const of = (kind: string): EngineEvent[] => [...new Map(events.filter((event) => event.kind === kind && !isToldOf(idOf(event))).map((event) => [idOf(event), event])).values()]
  const killed = of('container.oom-killed')
  const isKilled = new Set(killed.map(idOf))
  const ended = of('container.exited').filter((event) => isUnexpected(event) && !(wants.notifyOom && isKilled.has(idOf(event))))
  const isRemoved = new Set(events.filter(({ kind }) => kind === 'container.removed').map(idOf))
  const disk = events.findLast(isDisk)
  return [
    ...(wants.notifyOom ? containerNotice(killed, { facts, sort: 'killed', isRemoved }) : []),
    ...(wants.notifyExits ? containerNotice(ended, { facts, sort: 'ended', isRemoved }) : []),
    ...(wants.notifyDisk && disk ? [diskNotice(disk, facts)] : []),
  ]
}

/** The containers that a plan tells of or leaves out because they were told of. */
export function containersIn(events: readonly EngineEvent[]): string[] {
  return events.filter((event) => event.kind === 'container.oom-killed' || (event.kind === 'container.exited' && isUnexpected(event))).map(idOf)
}

function containerNotice(events: readonly EngineEvent[], { facts: { words }, sort, isRemoved }: { facts: NoticeFacts; sort: 'ended' | 'killed'; isRemoved: ReadonlySet<string> }): Notice[] {
  const [first] = events
  if (!first) return []
  const name = nameOf(first)
  if (events.length === 1) {
    const body = words(`notice.${sort}Text`, { code: String(Number(first.detail['exitCode'])) })
    return [{ title: words(`notice.${sort}`, { name }), body, place: isRemoved.has(idOf(first)) ? { screen: 'activity' } : { screen: 'containers', part: idOf(first), tab: 'logs' } }]
  }
  const names = events.slice(0, mostNames).map(nameOf).join(', ')
  const others = events.length - mostNames
  return [{ title: words(`notice.${sort}Many`, { count: String(events.length) }), body: others > 0 ? words('notice.andMore', { names, count: String(others) }) : names, place: { screen: 'activity' } }]
}

function diskNotice({ kind, detail }: EngineEvent, { words }: NoticeFacts): Notice {
  const place: Place = { screen: 'disk' }
  if (kind === 'vm.paused') return { title: words('notice.hostFull'), body: words('notice.pausedText'), place }
  const free = `${(Number(detail['freeBytes']) / 1024 ** 3).toFixed(1)} GiB`
  const isHost = detail['disk'] === 'host'
  const title = kind === 'disk.full' ? words(isHost ? 'notice.hostFull' : 'notice.vmFull') : words(isHost ? 'notice.hostNearlyFull' : 'notice.vmNearlyFull')
  return { title, body: words(isHost ? 'notice.hostText' : 'notice.vmText', { free }), place }
}

function isDisk({ kind, detail }: EngineEvent): boolean {
  return kind.startsWith('disk.') || (kind === 'vm.paused' && detail['cause'] === 'no-space')
}

function isUnexpected({ detail }: EngineEvent): boolean {
  return detail['exitCode'] !== 0 && detail['asked'] !== true
}

function idOf({ detail }: EngineEvent): string {
  return String(detail['id'])
}

/** Linux reads a notification's text as markup. */
function nameOf({ detail }: EngineEvent): string {
  const looksLike: Record<string, string> = { '<': '‹', '>': '›', '&': '＆' }
  return shortText(String(detail['name'])).replaceAll(/[<>&]/g, (char) => looksLike[char] ?? char)
}
