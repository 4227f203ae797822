/** A formatter for each language, made once: making one costs a hundred times more than using it. */
function perLanguage<T>(make: (language: string) => T): (language: string) => T {
  const made = new Map<string, T>()
  return (language) => {
    const format = made.get(language) ?? make(language)
    made.set(language, format)
    return format
  }
}

const decimals = [0, 1].map((digits) => perLanguage((language) => new Intl.NumberFormat(language, { maximumFractionDigits: digits, minimumFractionDigits: digits })))
const percents = [0, 1].map((digits) => perLanguage((language) => new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: digits })))
const moments = perLanguage((language) => new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' }))
const relatives = perLanguage((language) => new Intl.RelativeTimeFormat(language, { numeric: 'auto' }))

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** A size as a person reads it: `1.4 GiB`. */
export function formatBytes(bytes: number, language: string): string {
  const power = bytes <= 0 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  const digits = power === 0 || value >= 100 ? 0 : 1
  return `${decimals[digits]!(language).format(value)} ${units[power]}`
}

/** A share of a hundred: `12.5 %`, with a digit behind the point where that says something. */
export function formatPercent(percent: number, language: string): string {
  return percents[percent < 10 ? 1 : 0]!(language).format(percent / 100)
}

/** A length of time: `340 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`. */
export function formatDuration(ms: number, language: string): string {
  const unit = (value: number, name: string, digits = 0): string =>
    value.toLocaleString(language, { style: 'unit', unit: name, unitDisplay: 'short', minimumFractionDigits: digits, maximumFractionDigits: digits })
  if (ms < 1000) return unit(Math.round(ms), 'millisecond')
  if (ms < 60_000) return unit(ms / 1000, 'second', 1)
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return `${unit(Math.floor(seconds / 60), 'minute')} ${unit(seconds % 60, 'second')}`
  return `${unit(Math.floor(seconds / 3600), 'hour')} ${unit(Math.floor((seconds % 3600) / 60), 'minute')}`
}

const steps: readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]

/** How long ago something was: `3 minutes ago`; less than a minute is `now`. */
export function formatAgo(at: number, now: number, language: string): string {
  const format = relatives(language)
  const seconds = Math.max(0, (now - at) / 1000)
  for (const [unit, size] of steps) if (seconds >= size) return format.format(-Math.floor(seconds / size), unit)
  return format.format(0, 'second')
}

/** A moment as a date and time of day. */
export function formatMoment(at: number, language: string): string {
  // As Date's own text for a date there is none; a formatter would throw.
  return Number.isNaN(at) ? String(new Date(at)) : moments(language).format(at)
}
