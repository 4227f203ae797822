import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { FileContent } from '#contract/file.ts'
import { notify } from '../../state/notices.ts'
import { useAction } from '../../state/use-action.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { Button } from '../../ui/button.tsx'
import { formatBytes } from '../../ui/format.ts'
import { NoticeBox } from '../../ui/notice.tsx'
import { Empty } from '../../ui/page.tsx'
import { TextEditor } from '../../ui/text-editor.tsx'
import { ProblemBox } from '../problem-box.tsx'
import type { FileSource } from './file-source.ts'

/** One file: its text, which can be changed where it is text and whole. */
export function FileView({ source, path, onClose }: { source: FileSource; path: string; onClose: () => void }) {
  const { t, i18n } = useTranslation()
  const file = useAnswer(`file ${source.key} ${path}`, (api, signal) => source.read!(api, path, signal))
  const [draft, setDraft] = useState<string>()
  const content = file.value
  const save = useAction((api) => source.write!(api, path, draft!).then(() => true))
  const isText = content?.encoding === 'utf8'
  const isEditable = source.write !== undefined && isText && content.isComplete
  const run = async (): Promise<void> => {
    if (!(await save.run())) return
    notify(t('files.written'))
    setDraft(undefined)
    file.refresh()
  }
  return (
    <div className="file-browser">
      <div className="table-tools">
        <Button icon="back" onClick={onClose}>{t('files.back')}</Button>
        <code className="file-path">{path}</code>
        {content && <span className="muted figure">{formatBytes(content.bytes, i18n.language)}</span>}
        <span className="spacer" />
        {isEditable && <Button look="primary" isBusy={save.isRunning} disabled={draft === undefined} onClick={() => void run()}>{t('files.save')}</Button>}
      </div>
      <ProblemBox problem={file.problem ?? save.problem} />
      {content?.isComplete === false && <NoticeBox tone="info" title={t('files.onlyBeginning')} />}
      {content ? <FileText content={content} label={path} text={draft} onChange={isEditable ? setDraft : undefined} /> : <Empty title={file.problem ? t('files.unreadable') : t('common.loading')} />}
    </div>
  )
}

function FileText({ content, label, text, onChange }: { content: FileContent; label: string; text: string | undefined; onChange: ((text: string) => void) | undefined }) {
  const { t } = useTranslation()
  if (content.encoding === 'base64') return <Empty title={t('files.binary')} />
  return <TextEditor label={label} text={text ?? content.content} {...(onChange ? { onChange } : {})} />
}
