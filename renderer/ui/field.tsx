import type { ReactNode } from 'react'

/** A form's field below its label. */
export function Field({ label, hint, children }: { label: string; hint?: ReactNode; children: ReactNode }) {
  return (
    <label className="field">
      <span className="field-label">{label}</span>
      {children}
      {hint !== undefined && <span className="muted">{hint}</span>}
    </label>
  )
}
