import { useDeferredValue, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ProjectFile as File } from '#contract/project.ts'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { notify } from '../../state/notices.ts'
import { useAction } from '../../state/use-action.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/page.tsx'
import { TextEditor } from '../../ui/text-editor.tsx'
import type { ProjectRow } from './project-rows.ts'

/** A project's Compose files, checked as one types, with what bringing it up would change. */
export function ProjectFiles({ row, onSaved }: { row: ProjectRow; onSaved: () => void }) {
  const { t } = useTranslation()
  const files = useAnswer(`project.read ${row.key}`, (api, signal) => api.project.read({ target: row.target }, { signal }))
  const [path, setPath] = useState<string>()
  const shown = files.value?.find((file) => file.path === path) ?? files.value?.[0]
  if (!files.value || !shown) return files.problem ? <ProblemBox problem={files.problem} /> : <Empty title={t('common.loading')} />
  const saved = (): void => {
    files.refresh()
    onSaved()
  }
  return (
    <div className="file-browser">
      {files.value.length > 1 && (
        <div className="sessions" role="group" aria-label={t('project.files')}>
          {files.value.map((file) => <button key={file.path} type="button" aria-pressed={file === shown} onClick={() => setPath(file.path)}>{file.path}</button>)}
        </div>
      )}
      <Editor key={`${shown.path} ${shown.sha256}`} row={row} file={shown} isFirst={shown === files.value[0]} onSaved={saved} />
    </div>
  )
}

function Editor({ row, file, isFirst, onSaved }: { row: ProjectRow; file: File; isFirst: boolean; onSaved: () => void }) {
  const { t } = useTranslation()
  const [text, setText] = useState(file.content)
  const checked = useDeferredValue(text)
  const check = useAnswer(`project.check ${row.key} ${isFirst ? checked : ''}`, (api, signal) => api.project.check({ target: row.target, content: isFirst ? checked : null }, { signal }))
  const save = useAction((api) => api.project.write({ target: row.target, path: file.path, content: text, expected: file.sha256 }))
  const problems = check.value?.problems ?? []
  const changes = check.value?.services.filter(({ change }) => change === 'changed' || change === 'new') ?? []
  const run = async (): Promise<void> => {
    if (!(await save.run())) return
    notify(t('files.written'))
    onSaved()
  }
  return (
    <>
      <div className="table-tools">
        <code className="file-path">{file.path}</code>
        <span className="spacer" />
        <span className="muted" role="status">{check.isLoading ? t('project.checking') : problems.length > 0 ? t('project.problems', { count: problems.length }) : changes.length > 0 ? t('project.wouldChange', { names: changes.map(({ name }) => name).join(', ') }) : t('project.sound')}</span>
        <Button look="primary" isBusy={save.isRunning} disabled={text === file.content} onClick={() => void run()}>{t('files.save')}</Button>
      </div>
      <ProblemBox problem={save.problem ?? check.problem} />
      {problems.length > 0 && (
        <ul className="compose-problems" lang="en">
          {problems.map(({ message, line, level }) => <li key={`${line} ${message}`} className={level === 'error' ? 'field-problem' : 'muted'}>{line === null ? '' : `${t('project.line', { line })} `}{message}</li>)}
        </ul>
      )}
      <TextEditor label={file.path} text={text} onChange={setText} marks={problems.flatMap(({ line, message }) => (line === null ? [] : [{ line, text: message }]))} />
    </>
  )
}
