import type { WindowBounds } from './memory.ts'

/** An area of the screen in device-independent pixels. */
export interface Area {
  x: number
  y: number
  width: number
  height: number
}

/** The window's smallest useful size. */
export const minimumSize = { width: 720, height: 480 } as const
const firstSize = { width: 1120, height: 740 } as const
/** This much of the title bar must be on a display, or the window could not be moved. */
const reachable = { width: 120, height: 40 } as const

/** Where to open the window: where it was, if that is still on a display; else centred on the first one. */
export function placeWindow(last: WindowBounds | null, displays: readonly Area[]): WindowBounds {
  const useful = last && { ...last, width: Math.max(minimumSize.width, last.width), height: Math.max(minimumSize.height, last.height) }
  if (useful && displays.some((display) => overlaps(useful, display))) return useful
  const display = displays[0] ?? { x: 0, y: 0, ...firstSize }
  const width = Math.min(useful?.width ?? firstSize.width, display.width)
  const height = Math.min(useful?.height ?? firstSize.height, display.height)
  return {
    x: Math.round(display.x + (display.width - width) / 2),
    y: Math.round(display.y + (display.height - height) / 2),
    width,
    height,
    isMaximized: last?.isMaximized ?? false,
  }
}

function overlaps(window: Area, display: Area): boolean {
  const width = Math.min(window.x + window.width, display.x + display.width) - Math.max(window.x, display.x)
  const top = window.y - display.y
  return width >= reachable.width && top >= 0 && top <= display.height - reachable.height
}
