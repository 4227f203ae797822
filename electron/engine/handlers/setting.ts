import { implement } from '@orpc/server'
import type { Remark } from '#contract/remark.ts'
import { settingContract } from '#contract/setting.ts'
import type { EngineParts } from '../parts.ts'
import { watchLatest } from './watch-latest.ts'

/** Calls on the settings file. */
export function settingHandlers({ settings, machine, store, settled }: EngineParts) {
  const os = implement(settingContract)
  const holding = async <T>(change: Promise<T>): Promise<T> => {
    const entry = await change.finally(warnAnew)
    // Who sets a registry and pushes to it at once finds it set.
    await settled()
    return entry
  }
  const warnAnew = (): void => machine.setStandingWarnings(standingWarnings({ settings, store }))
  return {
    list: os.list.handler(() => settings.list()),
    watch: os.watch.handler(({ signal }) => watchLatest(settings, () => settings.list(), signal)),
    get: os.get.handler(({ input }) => settings.get(input.name)),
    set: os.set.handler(({ input }) => holding(settings.set(input.name, input.value))),
    unset: os.unset.handler(({ input }) => holding(settings.unset(input.name))),
  }
}

/** What is wrong whatever the vm does. */
export function standingWarnings({ settings, store }: Pick<EngineParts, 'settings' | 'store'>): Remark[] {
  return [...settings.warnings, ...(store.warning === undefined ? [] : [store.warning])]
}
