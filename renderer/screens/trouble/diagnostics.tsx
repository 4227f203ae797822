import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { desktop } from '../../state/desktop.ts'
import { useAction } from '../../state/use-action.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { Button } from '../../ui/button.tsx'
import { formatBytes } from '../../ui/format.ts'
import { NoticeBox } from '../../ui/notice.tsx'
import { readable } from './log-lines.ts'

/** Everything a diagnostics bundle would hold, to be read before it is saved. It goes nowhere by itself. */
export function Diagnostics() {
  const { t, i18n } = useTranslation()
  const preview = useAnswer('doctor.preview', (api, signal) => api.doctor.preview(undefined, { signal }))
  const [name, setName] = useState('')
  const [path, setPath] = useState<string>()
  const save = useAction(async (api, to: string) => (await api.doctor.bundle({ path: to }), to))
  const file = preview.value?.find((each) => each.name === name) ?? preview.value?.[0]
  const choose = async (): Promise<void> => {
    const to = await desktop.chooseSavePath(`cove-diagnostics-${new Date().toISOString().slice(0, 10)}.tar.gz`)
    if (to !== null) setPath(await save.run(to))
  }
  return (
    <>
      <div className="buttons">
        <p className="muted">{t('diagnostics.summary')}</p>
        <span className="spacer" />
        <Button look="primary" icon="download" isBusy={save.isRunning} onClick={() => void choose()}>{t('diagnostics.save')}</Button>
      </div>
      {path !== undefined && (
        <NoticeBox tone="good" title={t('diagnostics.saved')} hint={<code>{path}</code>}>
          <Button icon="external" onClick={() => desktop.showInFolder(path)}>{t('diagnostics.show')}</Button>
        </NoticeBox>
      )}
      <ProblemBox problem={save.problem ?? preview.problem} />
      <div className="split">
        <ul className="file-list" aria-label={t('diagnostics.files')}>
          {preview.value?.map((each) => (
            <li key={each.name}>
              <button type="button" aria-pressed={each === file} onClick={() => setName(each.name)}>
                <span>{each.name}</span>
                <span className="muted figure">{formatBytes(each.bytes, i18n.language)}</span>
              </button>
            </li>
          ))}
        </ul>
        <pre className="file-text" tabIndex={0} aria-label={file?.name ?? t('common.loading')}>
          {file ? file.text.split('\n').map(readable).join('\n') : t('common.loading')}
        </pre>
      </div>
    </>
  )
}
