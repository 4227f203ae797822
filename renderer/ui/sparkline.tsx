const width = 48
const height = 16

/** The course of a figure, the last at the right edge, without any numbers: those stand beside it. */
export function Sparkline({ values, top, length }: { values: readonly number[]; top: number; length: number }) {
  if (values.length < 2) return <svg className="sparkline" width={width} height={height} aria-hidden="true" />
  const most = Math.max(top, ...values)
  const points = values.map((value, index) => `${((1 - (values.length - 1 - index) / (length - 1)) * width).toFixed(1)},${(height - 1 - (value / most) * (height - 2)).toFixed(1)}`)
  return (
    <svg className="sparkline" viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true">
      <polyline points={points.join(' ')} />
    </svg>
  )
}
