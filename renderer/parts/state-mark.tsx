import i18next from 'i18next'
import { containerStateText } from './container-state-text.ts'
import { containerTone, type ContainerState } from './container-tone.ts'

/** The dot and the words of a container's state. */
export function StateMark(container: ContainerState) {
  return (
    <span className="state-mark">
      <span className={`dot ${containerTone(container)}`} aria-hidden="true" />
      {containerStateText(i18next.t, container)}
    </span>
  )
}
