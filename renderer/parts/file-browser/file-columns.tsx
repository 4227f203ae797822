import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { FileEntry } from '#contract/file.ts'
import { formatBytes, formatMoment } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import type { Column } from '../../ui/table/table-model.ts'
import { visible } from '../../ui/ansi.ts'
import { modeText } from './file-source.ts'

/** The columns of a folder. */
export function useFileColumns(): readonly Column<FileEntry>[] {
  const { t, i18n } = useTranslation()
  const { language } = i18n
  return useMemo(
    () => [
      { id: 'name', header: t('column.name'), text: ({ name }) => visible(name), cell: (entry) => <FileName entry={entry} />, width: 'minmax(14rem, 3fr)' },
      { id: 'change', header: t('files.change'), text: ({ change }) => (change === null ? '' : t(`files.${change}`)), width: '8rem' },
      { id: 'size', header: t('column.size'), text: ({ bytes, kind }) => (kind === 'file' ? formatBytes(bytes, language) : ''), compare: (a, b) => a.bytes - b.bytes, width: '7rem' },
      { id: 'mode', header: t('files.mode'), text: ({ mode }) => modeText(mode), width: '8rem' },
      { id: 'owner', header: t('files.owner'), text: ({ uid, gid }) => `${uid}:${gid}`, width: '7rem' },
      { id: 'moment', header: t('files.modified'), text: ({ modifiedAt }) => formatMoment(Date.parse(modifiedAt), language), compare: (a, b) => Date.parse(a.modifiedAt) - Date.parse(b.modifiedAt), width: '15rem' },
    ],
    [t, language],
  )
}

function FileName({ entry: { name, kind, target } }: { entry: FileEntry }) {
  return (
    <span className="file-name">
      <Icon name={kind === 'folder' ? 'folder' : kind === 'link' ? 'link' : 'file'} />
      {visible(name)}
      {target !== null && <span className="muted"> → {visible(target)}</span>}
    </span>
  )
}
