import { implement } from '@orpc/server'
import { settingContract, type SettingEntry } from '#contract/setting.ts'
import type { EngineParts } from '../parts.ts'

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
    watch: os.watch.handler(({ signal }) => watchSettings(settings, signal)),
    get: os.get.handler(({ input }) => settings.get(input.name)),
    set: os.set.handler(({ input }) => holding(settings.set(input.name, input.value))),
    unset: os.unset.handler(({ input }) => holding(settings.unset(input.name))),
  }
}

/** The settings now and after each change; changes that come faster than they are taken become one. */
async function* watchSettings(settings: EngineParts['settings'], signal?: AbortSignal): AsyncGenerator<SettingEntry[]> {
  let wake = Promise.withResolvers<void>()
  const notify = (): void => wake.resolve()
  using _listening = settings.onChange(notify)
  signal?.addEventListener('abort', notify, { once: true })
  try {
    while (!signal?.aborted) {
      wake = Promise.withResolvers<void>()
      yield settings.list()
      await wake.promise
    }
  } finally {
    signal?.removeEventListener('abort', notify)
  }
}

/** What is wrong whatever the vm does. */
export function standingWarnings({ settings, store }: Pick<EngineParts, 'settings' | 'store'>): string[] {
  return [...settings.warnings, ...(store.warning === undefined ? [] : [store.warning])]
}
