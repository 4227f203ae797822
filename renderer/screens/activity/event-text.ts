import type { TFunction } from 'i18next'
import type { EngineEvent } from '#contract/history.ts'
import { visible } from '../../ui/ansi.ts'
import { formatBytes, formatDuration } from '../../ui/format.ts'

/** What can be asked for: the parts of kinds before the point. */
export const topics = ['container', 'image', 'volume', 'network', 'engine', 'vm', 'guest', 'tunnel', 'disk', 'port', 'transfer', 'host'] as const
/** One of them. */
export type Topic = (typeof topics)[number]

/** What an event is about: the part of its kind before the point. */
export function topicOf({ kind }: Pick<EngineEvent, 'kind'>): string {
  return kind.split('.')[0] ?? kind
}

/** What happened, in the user's language; a kind that is not known yet is shown as it is. */
export function eventTitle(t: TFunction, { kind, detail }: Pick<EngineEvent, 'kind' | 'detail'>): string {
  if (kind === 'container.health') return t(`event.health.${typeof detail['health'] === 'string' ? detail['health'] : ''}` as 'event.health.healthy', { defaultValue: t('event.container.health') })
  const { exitCode } = detail
  if (kind === 'container.exited' && typeof exitCode === 'number' && exitCode !== 0 && detail['asked'] !== true) return t('event.exitedBadly', { code: exitCode })
  return t(`event.${kind}` as 'event.engine.off', { defaultValue: kind })
}

/** What a title says already, or what only machines want to know. */
const untold = new Set(['id', 'health', 'asked', 'name'])

/** The particulars of an event on one line: whose it is first. */
export function eventDetail(t: TFunction, { kind, detail }: Pick<EngineEvent, 'kind' | 'detail'>, language: string): string {
  if (kind === 'engine.running' && Array.isArray(detail['steps'])) {
    const total = (detail['steps'] as { ms: number }[]).reduce((sum, { ms }) => sum + ms, 0)
    return formatDuration(total, language)
  }
  const name = typeof detail['name'] === 'string' ? [detail['name']] : []
  const rest = Object.entries(detail).filter(([key, value]) => value !== null && !untold.has(key))
  return visible([...name, ...rest.map(([key, value]) => fact(t, { key, value, language }))].join(' · '))
}

function fact(t: TFunction, { key, value, language }: { key: string; value: unknown; language: string }): string {
  const shown = show(key, value, language)
  if (key === 'message' || key === 'reason' || key === 'problem') return shown
  return t(`eventFact.${key}` as 'eventFact.image', { value: shown, defaultValue: `${key}: ${shown}` })
}

function show(key: string, value: unknown, language: string): string {
  if (typeof value === 'number' && /bytes$/i.test(key)) return formatBytes(value, language)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** How grave an event is. */
export function eventTone({ kind, detail }: Pick<EngineEvent, 'kind' | 'detail'>): 'bad' | 'warn' | undefined {
  if (/\.(?:failed|died|oom-killed|full|refused|service-failed)$/.test(kind)) return 'bad'
  if (kind === 'container.exited') return detail['asked'] === true || detail['exitCode'] === 0 || detail['exitCode'] === undefined ? undefined : 'warn'
  if (kind === 'container.health') return detail['health'] === 'unhealthy' ? 'bad' : undefined
  return /(?:lost|paused|restarted|exited|nearly-full|not-saved|discarded)$/.test(kind) ? 'warn' : undefined
}
