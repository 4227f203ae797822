import { implement } from '@orpc/server'
import { activityContract, type ActivityFilter } from '#contract/activity.ts'
import type { EngineEvent } from '#contract/history.ts'
import type { EngineParts } from '../parts.ts'

/** How many are looked at in one step. */
const pageSize = 500

/** Calls on what happened. */
export function activityHandlers({ store }: EngineParts) {
  const os = implement(activityContract)
  return {
    list: os.list.handler(({ input }) => {
      const found: EngineEvent[] = []
      for (let before = input.before ?? undefined; found.length < input.limit; ) {
        const page = store.events(pageSize, before)
        found.push(...page.filter((event) => matches(event, input)))
        before = page.at(-1)?.id
        if (page.length < pageSize) break
      }
      return found.slice(0, input.limit)
    }),
    watch: os.watch.handler(async function* ({ input, signal }) {
      for await (const event of store.watchEvents(input.after, signal)) if (matches(event, input)) yield event
    }),
  }
}

function matches({ kind, detail }: EngineEvent, { kinds, text }: ActivityFilter): boolean {
  const isKind = kinds.length === 0 || kinds.some((wanted) => kind === wanted || kind.startsWith(`${wanted}.`))
  return isKind && (text === '' || `${kind} ${Object.values(detail).map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(' ')}`.toLowerCase().includes(text.toLowerCase()))
}
