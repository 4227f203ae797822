import { Icon } from './icon.tsx'

interface SearchFieldProps {
  label: string
  value: string
  onChange: (text: string) => void
  /** What is wrong with the text. */
  problem?: string | undefined
}

/** A field that narrows a list down as one types; Escape empties it. */
export function SearchField({ label, value, onChange, problem }: SearchFieldProps) {
  return (
    <span className="search-field">
      <Icon name="search" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        aria-invalid={problem !== undefined}
        title={problem}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && onChange('')}
      />
    </span>
  )
}
