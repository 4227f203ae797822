import type { Status } from '#contract/state.ts'
import type { SettingEntry } from '#contract/setting.ts'
import { connection, type EngineApi } from './connection.ts'
import { desktop } from './desktop.ts'
import { readProblem, type Problem } from './problem.ts'
import { Store } from './store.ts'
import { followStream } from './streams.ts'

/** The engine's status: the last known one until the engine answers. */
export const status = new Store<Status | null>(desktop.start.lastStatus)
/** Whether the status is what the engine says now. */
export const isStatusLive = new Store(false)
/** Every setting, as the engine has it now; null until it answered. */
export const settings = new Store<readonly SettingEntry[] | null>(null)
/** What kept the last start, stop or restart from working. */
export const lifeProblem = new Store<Problem | null>(null)

/** Follows the engine for as long as the page lives, over every connection. */
export function followEngine(): void {
  let leaving = new AbortController()
  const follow = (): void => {
    leaving.abort()
    isStatusLive.set(false)
    const { api } = connection.value
    if (!api) return
    leaving = new AbortController()
    const { signal } = leaving
    const onStatus = (items: Status[]): void => {
      const former = status.value?.state
      status.set(items.at(-1) ?? null)
      // Another state: what went wrong in the former one is past, and `failed` says itself why.
      if (status.value?.state !== former) lifeProblem.set(null)
      isStatusLive.set(true)
    }
    void followStream((ending) => api.engine.watch(undefined, { signal: ending }), { onItems: onStatus }, signal)
    void followStream((ending) => api.setting.watch(undefined, { signal: ending }), { onItems: (items) => settings.set(items.at(-1) ?? null) }, signal)
  }
  connection.subscribe(follow)
  follow()
}

/** Changes the vm's life; what fails is shown where the state is. Starting a sleeping one wakes it. */
export async function changeLife(verb: 'start' | 'stop' | 'restart' | 'sleep'): Promise<void> {
  const { api } = connection.value
  if (!api) return
  lifeProblem.set(null)
  try {
    await api.engine[verb]()
  } catch (error) {
    const problem = readProblem(error)
    // Who stops a start knows that it ended.
    if (problem.code !== 'operation.cancelled') lifeProblem.set(problem)
  }
}

/** Changes one setting; null puts the default back. Rejects when the engine refuses it. */
export async function changeSetting(name: string, value: string | null): Promise<void> {
  const api: EngineApi | null = connection.value.api
  if (!api) return
  if (value === null) await api.setting.unset({ name })
  else await api.setting.set({ name, value })
}
