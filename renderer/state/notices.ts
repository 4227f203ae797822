import { Store } from './store.ts'

/** A short message that goes by itself. */
export interface Notice {
  id: number
  text: string
}

const shownMs = 4000
let last = 0

/** What is shown in the corner now. */
export const notices = new Store<readonly Notice[]>([])

/** Shows a short message; what nobody asked for stays longer. */
export function notify(text: string, ms = shownMs): void {
  const id = ++last
  notices.set([...notices.value, { id, text }])
  setTimeout(() => notices.set(notices.value.filter((notice) => notice.id !== id)), ms)
}
