import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { FileEntry } from '#contract/file.ts'
import { desktop } from '../../state/desktop.ts'
import { attempt } from '../../state/failures.ts'
import { notify } from '../../state/notices.ts'
import { runTask } from '../../state/run-task.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Empty } from '../../ui/page.tsx'
import { Table } from '../../ui/table/table.tsx'
import { ProblemBox } from '../problem-box.tsx'
import { useFileColumns } from './file-columns.tsx'
import { FileView } from './file-view.tsx'
import { below, nameOf, stepsOf, type FileSource } from './file-source.ts'

const nothing: ReadonlySet<string> = new Set()
const changes: ReadonlySet<string> = new Set(['change'])
const keyOf = ({ name }: FileEntry): string => name
const toneOf = ({ change }: FileEntry): string | undefined => (change === null ? undefined : 'changed')

/** The files of a container or volume: walked through, looked at, edited, taken out and put in. */
export function FileBrowser({ source }: { source: FileSource }) {
  const { t } = useTranslation()
  const [path, setPath] = useState('/')
  const [file, setFile] = useState<string>()
  const [chosen, setChosen] = useState<readonly FileEntry[]>([])
  const listing = useAnswer(`files ${source.key} ${path}`, (api, signal) => source.list(api, path, signal))
  const columns = useFileColumns()
  const hidden = source.hasImage ? nothing : changes
  const go = (to: string): void => {
    setPath(to)
    setChosen([])
  }
  const open = ({ name, kind, target }: FileEntry): void => {
    if (kind === 'folder') go(below(path, name))
    else if (!source.read) return
    else if (kind === 'link' && target !== null) setFile(below(path, name))
    else if (kind === 'file') setFile(below(path, name))
  }
  if (file !== undefined) return <FileView source={source} path={file} onClose={() => setFile(undefined)} />
  return (
    <div className="file-browser">
      <div className="table-tools">
        <nav className="crumbs" aria-label={t('files.path')}>
          {stepsOf(path).map((step) => (
            <button key={step.path} type="button" aria-current={step.path === path ? 'location' : undefined} onClick={() => go(step.path)}>{step.name}</button>
          ))}
        </nav>
        <span className="spacer" />
        <IconButton icon="restart" label={t('common.refresh')} onClick={listing.refresh} />
        {source.download && <Button icon="download" disabled={chosen.length !== 1} onClick={() => void download(source, below(path, chosen[0]!.name), t('files.saved'))}>{t('files.download')}</Button>}
        {source.upload && <Button icon="upload" onClick={() => void upload(source, path, t('files.uploaded')).then(listing.refresh)}>{t('files.upload')}</Button>}
      </div>
      <ProblemBox problem={listing.problem} />
      {listing.value?.isComplete === false && <p className="muted">{t('files.tooMany')}</p>}
      {listing.value && listing.value.deleted.length > 0 && <p className="muted">{t('files.deleted', { names: listing.value.deleted.join(', ') })}</p>}
      <Table
        key={path}
        label={t('files.in', { path })}
        rows={listing.value?.entries ?? []}
        columns={columns}
        hidden={hidden}
        rowKey={keyOf}
        rowTone={toneOf}
        onOpen={open}
        onSelect={setChosen}
        empty={<Empty title={t(listing.value ? 'files.empty' : listing.problem ? 'files.unreadable' : 'common.loading')} />}
      />
    </div>
  )
}

async function download(source: FileSource, path: string, done: string): Promise<void> {
  const to = await desktop.chooseSavePath(`${nameOf(path)}.tar`)
  if (to === null) return
  if (await attempt((api) => runTask(api, source.download!(api, path, to)))) notify(done)
}

async function upload(source: FileSource, path: string, done: string): Promise<void> {
  const from = await desktop.chooseFiles()
  if (from.length === 0) return
  if (await attempt((api) => runTask(api, source.upload!(api, from, path)))) notify(done)
}
