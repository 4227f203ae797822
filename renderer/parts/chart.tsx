import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

/** One line of a chart. */
export interface ChartLine {
  label: string
  /** A variable of the sheet: `--accent`. */
  colour: string
}

interface ChartProps {
  label: string
  lines: readonly ChartLine[]
  /** Seconds since 1970, then the values of each line. */
  data: uPlot.AlignedData
  /** What is shown, in seconds. */
  from: number
  to: number
  /** The scale goes at least so far up. */
  top: number
  format: (value: number) => string
  /** The scale counts bytes. */
  isBytes?: boolean
}

const height = 170
/** Between two lines of a scale. */
const byteSteps = Array.from({ length: 44 }, (_, power) => 2 ** power)
const secondSteps = [60, 120, 300, 600, 900, 1800, 3600]
const percentSteps = [1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000, 2000, 5000]

/** Figures over time. */
export function Chart({ label, lines, data, from, to, top, format, isBytes = false }: ChartProps) {
  const frame = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot>(null)
  const latest = useRef({ data, from, to, format, top, isBytes })
  useEffect(() => {
    latest.current = { data, from, to, format, top, isBytes }
    chart.current?.batch(() => {
      chart.current?.setData(data, false)
      chart.current?.setScale('x', { min: from, max: to })
    })
  }, [data, from, to, format, top, isBytes])
  const key = lines.map(({ label: name, colour }) => `${name}${colour}`).join()
  useEffect(() => {
    const element = frame.current
    if (!element) return
    const draw = (): void => {
      chart.current?.destroy()
      chart.current = new uPlot(optionsOf(element, lines, latest.current), latest.current.data, element)
    }
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const observer = new ResizeObserver(() => (chart.current ? chart.current.setSize({ width: element.clientWidth, height }) : draw()))
    observer.observe(element)
    dark.addEventListener('change', draw)
    return () => {
      observer.disconnect()
      dark.removeEventListener('change', draw)
      chart.current?.destroy()
      chart.current = null
    }
    // oxlint-disable-next-line react/exhaustive-deps -- `key` stands for the lines, which are a new array each time
  }, [key])
  return <div ref={frame} className="chart" role="img" aria-label={label} />
}

function optionsOf(element: HTMLElement, lines: readonly ChartLine[], { from, to, format, top, isBytes }: Pick<ChartProps, 'from' | 'to' | 'format' | 'top'> & { isBytes: boolean }): uPlot.Options {
  const colour = (name: string): string => {
    const probe = document.createElement('span')
    probe.style.color = `var(${name})`
    element.append(probe)
    const { color } = getComputedStyle(probe)
    probe.remove()
    return color
  }
  const incrs = isBytes ? byteSteps : percentSteps
  const axis = { stroke: colour('--muted'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false }, font: `11px ${getComputedStyle(element).fontFamily}` }
  return {
    width: element.clientWidth,
    height,
    // The last hour's label is half as wide beside the last line.
    padding: [8, 30, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { min: from, max: to, auto: false }, y: { range: (_plot, _min, max) => [0, Math.max(top, max * 1.15 || 0)] } },
    axes: [
      { ...axis, size: 32, gap: 10, space: 84, incrs: secondSteps, values: (_plot, values) => values.map((second) => new Date(second * 1000).toLocaleTimeString(document.documentElement.lang, { hour: '2-digit', minute: '2-digit' })) },
      { ...axis, size: 74, incrs, values: (_plot, values) => values.map(format) },
    ],
    series: [{}, ...lines.map(({ colour: name }) => ({ stroke: colour(name), width: 1.6, points: { show: false }, spanGaps: false }))],
  }
}
