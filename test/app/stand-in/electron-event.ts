/** The event object that Electron hands to its listeners. */
export interface ElectronEvent {
  defaultPrevented: boolean
  preventDefault(): void
  [key: string]: unknown
}

/** A new event object with more fields. */
export function electronEvent(fields: Record<string, unknown> = {}): ElectronEvent {
  return {
    defaultPrevented: false,
    preventDefault() {
      this.defaultPrevented = true
    },
    ...fields,
  }
}
