import { implement } from '@orpc/server'
import { shareContract } from '#contract/share.ts'
import type { EngineParts } from '../parts.ts'

/** Calls on the folders of the host that the guest has. */
export function shareHandlers({ sharing }: EngineParts) {
  const os = implement(shareContract)
  return {
    list: os.list.handler(() => sharing.list()),
    add: os.add.handler(({ input }) => sharing.add(input.path)),
    remove: os.remove.handler(({ input }) => sharing.remove(input.path)),
  }
}
