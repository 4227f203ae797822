import { useTranslation } from 'react-i18next'
import { Button, IconButton } from '../../../ui/button.tsx'

/** One column of a list of rows: text, a choice or a switch. */
export interface RowsColumn<T> {
  key: keyof T & string
  label: string
  placeholder?: string
  options?: readonly (readonly [value: string, label: string])[]
  isSwitch?: boolean
  /** What is typed there is not to be seen. */
  isHidden?: (row: T) => boolean
}

interface RowsFieldProps<T> {
  title: string
  /** What the button that adds a row says. */
  add: string
  rows: readonly T[]
  empty: T
  columns: readonly RowsColumn<T>[]
  onChange: (rows: T[]) => void
}

/** A list of rows that one adds to and takes from, such as ports. */
export function RowsField<T extends object>({ title, add, rows, empty, columns, onChange }: RowsFieldProps<T>) {
  const { t } = useTranslation()
  const change = (at: number, key: keyof T, value: unknown): void => onChange(rows.map((row, index) => (index === at ? { ...row, [key]: value } : row)))
  return (
    <fieldset className="rows-field">
      <legend>{title}</legend>
      {rows.map((row, at) => (
        <div key={at} className="rows-row">
          {columns.map((column) => <Cell key={column.key} column={column} number={at + 1} value={row[column.key]} isHidden={column.isHidden?.(row) ?? false} onChange={(value) => change(at, column.key, value)} />)}
          <IconButton icon="close" label={t('run.removeRow', { title, number: at + 1 })} onClick={() => onChange(rows.filter((_, index) => index !== at))} />
        </div>
      ))}
      <Button look="quiet" icon="plus" onClick={() => onChange([...rows, { ...empty }])}>{add}</Button>
    </fieldset>
  )
}

interface CellProps<T> {
  column: RowsColumn<T>
  number: number
  value: unknown
  isHidden: boolean
  onChange: (value: unknown) => void
}

function Cell<T>({ column, number, value, isHidden, onChange }: CellProps<T>) {
  const label = `${column.label} ${number}`
  if (column.isSwitch) return <label className="check"><input type="checkbox" checked={value === true} onChange={(event) => onChange(event.target.checked)} /> {column.label}</label>
  if (column.options) {
    return (
      <select aria-label={label} value={String(value)} onChange={(event) => onChange(event.target.value)}>
        {column.options.map(([option, text]) => <option key={option} value={option}>{text}</option>)}
      </select>
    )
  }
  return <input type={isHidden ? 'password' : 'text'} autoComplete="off" aria-label={label} placeholder={column.placeholder ?? column.label} value={String(value)} onChange={(event) => onChange(event.target.value)} />
}
