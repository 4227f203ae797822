import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Container } from '#contract/container.ts'
import { ProblemBox } from '../../../parts/problem-box.tsx'
import { desktop } from '../../../state/desktop.ts'
import { notify } from '../../../state/notices.ts'
import { useAnswer } from '../../../state/use-answer.ts'
import { Button } from '../../../ui/button.tsx'
import { Empty } from '../../../ui/page.tsx'
import { SearchField } from '../../../ui/search-field.tsx'
import { TextEditor } from '../../../ui/text-editor.tsx'
import { JsonTree } from './json-tree.tsx'

/** All that Docker knows of a container, as a tree or as it comes. */
export function Inspect({ container: { id, state, name } }: { container: Container }) {
  const { t } = useTranslation()
  const [isRaw, setRaw] = useState(false)
  const [search, setSearch] = useState('')
  const detail = useAnswer(`container.raw ${id} ${state}`, (api, signal) => api.container.get({ id }, { signal }))
  const raw = detail.value?.raw
  const text = useMemo(() => (raw ? JSON.stringify(raw, null, 2) : ''), [raw])
  const copy = (what: string): void => {
    desktop.copy(what)
    notify(t('common.copied'))
  }
  return (
    <div className="file-browser">
      <div className="table-tools">
        {!isRaw && <SearchField label={t('inspect.search')} value={search} onChange={setSearch} />}
        <span className="spacer" />
        <label className="check"><input type="checkbox" checked={isRaw} onChange={(event) => setRaw(event.target.checked)} /> {t('inspect.raw')}</label>
        <Button icon="copy" onClick={() => copy(text)}>{t('inspect.copyAll')}</Button>
      </div>
      <ProblemBox problem={detail.problem} />
      {!raw && <Empty title={t('common.loading')} />}
      {raw && isRaw && <TextEditor label={t('inspect.rawOf', { name })} text={text} />}
      {raw && !isRaw && <JsonTree label={name} value={raw} search={search} onCopyPath={copy} />}
    </div>
  )
}
