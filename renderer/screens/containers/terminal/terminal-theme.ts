import type { ITheme } from '@xterm/xterm'

const names = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white', 'brightBlack', 'brightRed', 'brightGreen', 'brightYellow', 'brightBlue', 'brightMagenta', 'brightCyan', 'brightWhite'] as const

/** The colours of terminals, those of the window now. */
export function terminalTheme(): ITheme {
  const colour = (name: string): string => resolve(`var(${name})`)
  const ansi = Object.fromEntries(names.map((name, index) => [name, colour(`--ansi-${index}`)]))
  return { ...ansi, background: colour('--surface'), foreground: colour('--text'), cursor: colour('--accent'), cursorAccent: colour('--surface'), selectionBackground: resolve('light-dark(#bfe3ec, #1f5a69)') }
}

/** A colour as the page would paint it now. */
function resolve(value: string): string {
  const probe = document.createElement('span')
  probe.style.color = value
  document.body.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
