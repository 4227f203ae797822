/** One part of what a meter shows. */
export interface MeterPart {
  label: string
  value: number
  text: string
  tone: 'strong' | 'soft'
}

/** How full something is, in parts of a whole. */
export function Meter({ label, parts, whole }: { label: string; parts: readonly MeterPart[]; whole: number }) {
  const share = (value: number): string => `${Math.min(100, whole === 0 ? 0 : (value / whole) * 100)}%`
  const spoken = parts.map((part) => `${part.label}: ${part.text}`).join(', ')
  return (
    <div className="meter-frame">
      <div className="meter" role="img" aria-label={`${label}. ${spoken}`}>
        {parts.map((part) => (
          <span key={part.label} className={`meter-part ${part.tone}`} style={{ width: share(part.value) }} />
        ))}
      </div>
      <ul className="legend" aria-hidden="true">
        {parts.map((part) => (
          <li key={part.label}>
            <span className={`swatch ${part.tone}`} /> {part.label} <strong>{part.text}</strong>
          </li>
        ))}
      </ul>
    </div>
  )
}
