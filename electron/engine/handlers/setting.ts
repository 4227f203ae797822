import { implement } from '@orpc/server'
import { settingContract } from '#contract/setting.ts'
import type { EngineParts } from '../parts.ts'

/** Calls on the settings file. */
export function settingHandlers({ settings }: EngineParts) {
  const os = implement(settingContract)
  return {
    list: os.list.handler(() => settings.list()),
    get: os.get.handler(({ input }) => settings.get(input.name)),
    set: os.set.handler(({ input }) => settings.set(input.name, input.value)),
    unset: os.unset.handler(({ input }) => settings.unset(input.name)),
  }
}
