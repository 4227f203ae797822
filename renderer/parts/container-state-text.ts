import i18next, { type TFunction } from 'i18next'
import type { ContainerState } from './container-tone.ts'

/** More than there are; a hostile Docker could name any number of states. */
const maxKnown = 1000
const known = new Map<string, string>()

/** A container's state in words: `running`, `healthy`, `ended (1)`. Each is looked up once: five thousand would cost a keystroke in the search 20 ms. */
export function containerStateText(t: TFunction, { state, health, exitCode }: ContainerState): string {
  const key = `${i18next.language} ${state} ${health} ${exitCode}`
  const text = known.get(key) ?? readStateText(t, { state, health, exitCode: exitCode ?? null })
  if (known.size >= maxKnown) known.clear()
  known.set(key, text)
  return text
}

function readStateText(t: TFunction, { state, health, exitCode }: ContainerState): string {
  const word = t(`containerState.${state}` as 'containerState.running', { defaultValue: state })
  if (state === 'running' && health) return t(`health.${health}`)
  return state === 'exited' && exitCode ? `${word} (${exitCode})` : word
}
