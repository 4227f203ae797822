import { useState, type KeyboardEvent, type MouseEvent } from 'react'
import { choose, noSelection, targetOf, type Selection } from './table-model.ts'

interface SelectionOptions {
  /** Keys of the rows shown, in order. */
  keys: readonly string[]
  /** How many rows a page of the keyboard has. */
  pageRows: () => number
  onSelect: (keys: ReadonlySet<string>) => void
  onMove: (index: number, key: string) => void
  onOpen: (index: number) => void
  onDelete: (keys: ReadonlySet<string>) => void
}

/** Which rows are chosen, and how mouse and keyboard change that. */
export interface RowSelection extends Selection {
  onClick(event: MouseEvent, key: string): void
  onKeyDown(event: KeyboardEvent): void
}

/** The selection of a table's rows. */
export function useSelection({ keys, pageRows, onSelect, onMove, onOpen, onDelete }: SelectionOptions): RowSelection {
  const [selection, setSelection] = useState<Selection>(noSelection)
  const select = (next: Selection): void => {
    setSelection(next)
    onSelect(next.keys)
  }
  const onClick = (event: MouseEvent, key: string): void => {
    const choice = event.shiftKey ? 'range' : event.ctrlKey || event.metaKey ? 'toggle' : 'only'
    select(choose(selection, keys, { key, choice }))
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget) return
    const target = targetOf(event.key, keys, { active: selection.active, pageRows: pageRows() })
    if (target !== undefined) {
      select(choose(selection, keys, { key: target, choice: event.shiftKey ? 'range' : 'only' }))
      onMove(keys.indexOf(target), event.key)
    } else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) select({ ...selection, keys: new Set(keys) })
    else if (event.key === 'Escape' && selection.keys.size > 0) select(noSelection)
    else if (event.key === 'Enter' && selection.active !== null) onOpen(keys.indexOf(selection.active))
    else if ((event.key === 'Delete' || event.key === 'Backspace') && selection.keys.size > 0) onDelete(selection.keys)
    else return
    event.preventDefault()
  }
  return { ...selection, onClick, onKeyDown }
}
