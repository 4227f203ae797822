/** One thing the app asked of a part that only records, such as a dialog. */
export interface RecordedCall {
  what: string
  args: unknown[]
}

const calls: RecordedCall[] = []

/** Notes what the app asked for; tests read it as `electron.standIn.calls`. */
export function record(what: string, ...args: unknown[]): void {
  calls.push({ what, args })
}

/** Everything noted so far. */
export function recorded(): readonly RecordedCall[] {
  return calls
}
