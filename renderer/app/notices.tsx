import { notices } from '../state/notices.ts'
import { useStore } from '../state/store.ts'

/** Short messages in the corner, read out as they come. */
export function Notices() {
  const shown = useStore(notices)
  return (
    <div className="notices" role="status" aria-live="polite">
      {shown.map(({ id, text }) => (
        <p key={id}>{text}</p>
      ))}
    </div>
  )
}
