import type { TFunction } from 'i18next'
import type { EngineEvent } from '#contract/history.ts'
import { formatBytes, formatDuration } from '../../ui/format.ts'

/** What an event is about: the part of its kind before the point. */
export function topicOf({ kind }: EngineEvent): string {
  return kind.split('.')[0] ?? kind
}

/** What happened, in the user's language; a kind that is not known yet is shown as it is. */
export function eventTitle(t: TFunction, { kind }: EngineEvent): string {
  return t(`event.${kind}` as 'event.engine.off', { defaultValue: kind })
}

/** The particulars of an event on one line. */
export function eventDetail({ kind, detail }: EngineEvent, language: string): string {
  if (kind === 'engine.running' && Array.isArray(detail['steps'])) {
    const total = (detail['steps'] as { ms: number }[]).reduce((sum, { ms }) => sum + ms, 0)
    return formatDuration(total, language)
  }
  return Object.entries(detail)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => (key === 'message' || key === 'reason' ? String(value) : `${key}: ${show(key, value, language)}`))
    .join(' · ')
}

function show(key: string, value: unknown, language: string): string {
  if (typeof value === 'number' && /bytes$/i.test(key)) return formatBytes(value, language)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** How grave an event is. */
export function eventTone({ kind }: EngineEvent): 'bad' | 'warn' | undefined {
  if (kind.endsWith('.failed') || kind.endsWith('.died')) return 'bad'
  return /(lost|paused|restarted|exited)$/.test(kind) ? 'warn' : undefined
}
