import type { Companion } from '../life/parts.ts'
import { TransferJournal } from './journal.ts'
import type { TransferParts, Transfers } from './transfers.ts'

/** Transfers, loaded by the first that is asked for: most engines never see one. */
export interface LazyTransfers {
  load(): Promise<Transfers>
  /** Tidies up, in the background of a start, after a transfer that ended with its engine. */
  companion: Companion
}

/** Opens the door to transfers. */
export function openTransfers(parts: TransferParts): LazyTransfers {
  let transfers: Promise<Transfers> | undefined
  const load = (): Promise<Transfers> => (transfers ??= import('./transfers.ts').then((loaded) => new loaded.Transfers(parts)))
  const companion: Companion = {
    name: 'transfers',
    joinSession: async (session) => {
      const abort = new AbortController()
      const isDue = new TransferJournal(parts.paths.transferJournal).exists
      const tidied = isDue ? load().then((loaded) => loaded.tidy(session, abort.signal)) : Promise.resolve()
      return {
        [Symbol.asyncDispose]: () => {
          abort.abort()
          return tidied
        },
      }
    },
  }
  return { load, companion }
}
