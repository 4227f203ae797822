import { useTranslation } from 'react-i18next'
import { problemWords } from '../parts/problem-words.ts'
import { dismissFailure, failures, type Failure } from '../state/failures.ts'
import { notices } from '../state/notices.ts'
import { useStore } from '../state/store.ts'
import { IconButton } from '../ui/button.tsx'

/** Short messages in the corner, read out as they come; what failed stays until it is put away. */
export function Notices() {
  const shown = useStore(notices)
  const failed = useStore(failures)
  return (
    <div className="notices">
      <div className="failures">
        {failed.map((failure) => <FailureBox key={failure.id} failure={failure} />)}
      </div>
      <div role="status" aria-live="polite">
        {shown.map(({ id, text }) => (
          <p key={id} className="notice-short">{text}</p>
        ))}
      </div>
    </div>
  )
}

function FailureBox({ failure }: { failure: Failure }) {
  const { t, i18n } = useTranslation()
  const { id, subject } = failure
  const { title, hint, detail } = problemWords({ t, language: i18n.language }, failure)
  return (
    <div role="alert" className="failure">
      <div className="notice-text">
        <p className="notice-title">{subject !== '' && <>{subject}: </>}{title}</p>
        <p className="problem-detail" lang="en">{detail}</p>
        <p className="notice-hint">{hint}</p>
      </div>
      <IconButton icon="close" label={t('common.dismiss')} onClick={() => dismissFailure(id)} />
    </div>
  )
}
