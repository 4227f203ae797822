/** How much of what the kernel holds of a node is old. Only looking a name up makes it learn a length before it reads by splice(2). */
export const old = { facts: 0, content: 1, length: 2 } as const
export type Old = (typeof old)[keyof typeof old]

/** Tells the guest's kernel what it may not keep, and its programs what the host did. */
export interface GuestNotices {
  /** Drop what is cached of a name. */
  entry(parent: number, name: string): void
  /** Ask for the attributes again, read again, or look the name up again as well. */
  node(id: number, old: Old): void
  /** The kernel is answered something of a node. */
  answered(id: number): void
}
