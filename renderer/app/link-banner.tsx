import { useTranslation } from 'react-i18next'
import { problemWords } from '../parts/problem-words.ts'
import { connection } from '../state/connection.ts'
import { desktop } from '../state/desktop.ts'
import { useStore } from '../state/store.ts'
import { Button } from '../ui/button.tsx'
import { NoticeBox } from '../ui/notice.tsx'

/** Says that the engine cannot be reached; what is shown meanwhile is the last that was known. */
export function LinkBanner() {
  const { t, i18n } = useTranslation()
  const link = useStore(connection)
  if (link.phase !== 'retrying') return null
  const { title, hint, detail } = problemWords({ t, language: i18n.language }, link.problem)
  return (
    <div className="banner">
      <NoticeBox tone="warning" title={t('link.lost')} hint={`${title}. ${hint}`} detail={detail}>
        <Button icon="restart" onClick={() => desktop.reconnect()}>{t('link.retry')}</Button>
      </NoticeBox>
    </div>
  )
}
