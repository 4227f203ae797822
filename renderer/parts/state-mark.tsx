import i18next, { type TFunction } from 'i18next'
import { containerTone, type ContainerState } from './container-tone.ts'

/** A container's state in words: `running`, `healthy`, `ended (1)`. */
export function containerStateText(t: TFunction, { state, health, exitCode }: ContainerState): string {
  const word = t(`containerState.${state}` as 'containerState.running', { defaultValue: state })
  if (state === 'running' && health) return t(`health.${health}`)
  return state === 'exited' && exitCode ? `${word} (${exitCode})` : word
}

/** The dot and the words of a container's state. */
export function StateMark(container: ContainerState) {
  return (
    <span className="state-mark">
      <span className={`dot ${containerTone(container)}`} aria-hidden="true" />
      {containerStateText(i18next.t, container)}
    </span>
  )
}
