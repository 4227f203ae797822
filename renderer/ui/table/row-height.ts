import { useEffect, useState } from 'react'

/** A row's height in root em: one line of text with air. */
const rowRem = 2.3

/** So many root em are this many pixels, by the height of a row. */
export function inRem(pixels: number, rowHeight: number): number {
  return (pixels / rowHeight) * rowRem
}

/** The height of a row in pixels; follows the size of the text. */
export function useRowHeight(): number {
  const [height, setHeight] = useState(measure)
  useEffect(() => {
    const update = (): void => setHeight(measure())
    window.addEventListener('resize', update)
    return () => window.removeEventListener('resize', update)
  }, [])
  return height
}

function measure(): number {
  return Math.round(rowRem * Number.parseFloat(getComputedStyle(document.documentElement).fontSize))
}
