import { implement } from '@orpc/server'
import { settingContract } from '#contract/setting.ts'
import type { EngineParts } from '../parts.ts'

/** Calls on the settings file. */
export function settingHandlers({ settings, machine, store }: EngineParts) {
  const os = implement(settingContract)
  const warnAnew = (): void => machine.setStandingWarnings(standingWarnings({ settings, store }))
  return {
    list: os.list.handler(() => settings.list()),
    get: os.get.handler(({ input }) => settings.get(input.name)),
    set: os.set.handler(({ input }) => settings.set(input.name, input.value).finally(warnAnew)),
    unset: os.unset.handler(({ input }) => settings.unset(input.name).finally(warnAnew)),
  }
}

/** What is wrong whatever the vm does. */
export function standingWarnings({ settings, store }: Pick<EngineParts, 'settings' | 'store'>): string[] {
  return [...settings.warnings, ...(store.warning === undefined ? [] : [store.warning])]
}
