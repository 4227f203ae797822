import { Notification } from 'electron'
import type { Notice } from './notice-plan.ts'

/** Of older ones a click is no longer heard where the system does not say that they are gone. */
const mostKept = 20

/** Shows notifications as the system does; where it has none they are left out. */
export class NoticeBoard {
  /** Held, or the click would be lost with the object. */
  readonly #shown = new Set<Notification>()
  readonly #onClick: (notice: Notice) => void

  constructor(onClick: (notice: Notice) => void) {
    this.#onClick = onClick
  }

  readonly show = (notice: Notice): void => {
    if (!Notification.isSupported()) return
    const notification = new Notification({ title: notice.title, body: notice.body })
    this.#shown.add(notification)
    const [oldest] = this.#shown
    if (this.#shown.size > mostKept && oldest) this.#shown.delete(oldest)
    notification.on('click', () => {
      this.#shown.delete(notification)
      this.#onClick(notice)
    })
    notification.on('close', () => this.#shown.delete(notification))
    notification.show()
  }
}
