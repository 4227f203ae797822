/** A time of Docker's, seconds since 1970 or RFC 3339 with nanoseconds, as ISO 8601; one that is none becomes 1970. */
export function wireTime(time: number | string): string {
  const ms = typeof time === 'number' ? time * 1000 : Date.parse(time)
  // Docker's zero time is the year 1, which says "never".
  const isUsable = Number.isFinite(ms) && Math.abs(ms) <= 8.64e15
  return new Date(isUsable ? ms : 0).toISOString()
}
