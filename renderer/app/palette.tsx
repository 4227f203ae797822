import { useId, useMemo, useRef, useState, type KeyboardEvent, type RefObject } from 'react'
import { useTranslation } from 'react-i18next'
import { settings, status } from '../state/engine.ts'
import { useStore } from '../state/store.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { findEntries, objectEntries, paletteEntries, type PaletteEntry } from './actions.ts'
import { useKnownObjects } from './known-objects.ts'

/** The command palette: a combobox over everything one can go to or do. */
export function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const id = useId()
  const list = useRef<HTMLUListElement>(null)
  const [query, setQuery] = useState('')
  const [active, setActive] = useState(0)
  const found = useEntries(query)
  const index = Math.min(active, found.length - 1)
  const run = (entry: PaletteEntry | undefined): void => {
    if (!entry) return
    onClose()
    entry.run()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    // While Korean is being composed, Enter ends a syllable.
    if (event.nativeEvent.isComposing || (step === undefined && event.key !== 'Enter')) return
    event.preventDefault()
    if (step === undefined) return run(found[index])
    const next = (index + step + found.length) % Math.max(1, found.length)
    setActive(next)
    list.current?.querySelectorAll('[role=option]')[next]?.scrollIntoView({ block: 'nearest' })
  }
  const onQuery = (text: string): void => {
    setQuery(text)
    setActive(0)
  }
  const combobox = { role: 'combobox', 'aria-expanded': true, 'aria-controls': id, 'aria-activedescendant': found[index] && `${id}-${found[index].id}` }
  return (
    <Dialog title={t('palette.title')} isTitleHidden className="palette" onClose={onClose}>
      <div className="palette-query">
        <Icon name="search" size={18} />
        <input type="text" {...combobox} aria-label={t('palette.title')} placeholder={t('palette.placeholder')} value={query} data-first onKeyDown={onKeyDown} onChange={(event) => onQuery(event.target.value)} />
      </div>
      <Entries id={id} list={list} entries={found} active={index} onPoint={setActive} onRun={run} />
      {found.length === 0 && <p className="palette-none" role="status">{t('palette.none')}</p>}
    </Dialog>
  )
}

/** What matches; settings and objects only when something is asked for, as they are many. */
function useEntries(query: string): PaletteEntry[] {
  const { t } = useTranslation()
  const now = useStore(status)
  const known = useStore(settings)
  const objects = useKnownObjects()
  const all = useMemo(() => paletteEntries(t, now, (known ?? []).map(({ name }) => name)), [t, now, known])
  const entriesOfObjects = useMemo(() => objectEntries(objects), [objects])
  if (query === '') return findEntries(all, query).filter(({ group }) => group !== 'settings')
  return findEntries([...all, ...entriesOfObjects], query)
}

interface EntriesProps {
  id: string
  list: RefObject<HTMLUListElement | null>
  entries: readonly PaletteEntry[]
  active: number
  onPoint: (index: number) => void
  onRun: (entry: PaletteEntry) => void
}

function Entries({ id, list, entries, active, onPoint, onRun }: EntriesProps) {
  const { t } = useTranslation()
  return (
    <ul ref={list} id={id} role="listbox" aria-label={t('palette.title')} className="palette-list">
      {entries.map((entry, index) => (
        <li key={entry.id} id={`${id}-${entry.id}`} role="option" aria-selected={index === active} onClick={() => onRun(entry)} onPointerMove={() => onPoint(index)}>
          <Icon name={entry.icon} />
          <span>{entry.label}</span>
          <span className="palette-group">{t(`palette.${entry.group}`)}</span>
        </li>
      ))}
    </ul>
  )
}
