import { useTranslation } from 'react-i18next'
import { dismissFailure, failures } from '../state/failures.ts'
import { notices } from '../state/notices.ts'
import { useStore } from '../state/store.ts'
import { IconButton } from '../ui/button.tsx'

/** Short messages in the corner, read out as they come; what failed stays until it is put away. */
export function Notices() {
  const { t } = useTranslation()
  const shown = useStore(notices)
  const failed = useStore(failures)
  return (
    <div className="notices">
      <div className="failures">
        {failed.map(({ id, subject, message, hint }) => (
          <div key={id} role="alert" className="failure">
            <div lang="en">
              <p>{subject !== '' && <strong>{subject}: </strong>}{message}</p>
              {hint !== null && <p className="muted">{hint}</p>}
            </div>
            <IconButton icon="close" label={t('common.dismiss')} onClick={() => dismissFailure(id)} />
          </div>
        ))}
      </div>
      <div role="status" aria-live="polite">
        {shown.map(({ id, text }) => (
          <p key={id} className="notice-short">{text}</p>
        ))}
      </div>
    </div>
  )
}
