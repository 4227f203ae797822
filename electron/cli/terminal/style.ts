/** The parts of a text and the marks before it, coloured where the stream can show it. */
export interface Style {
  readonly hasColor: boolean
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  readonly check: string
  readonly cross: string
  readonly dot: string
  readonly spinner: readonly string[]
}

interface StyleSource {
  isTTY: boolean
  env: NodeJS.ProcessEnv
  platform: NodeJS.Platform
}

/** Colours on a terminal that has them, unless NO_COLOR (no-color.org); marks in ASCII where the locale is not UTF-8. */
export function styleFor({ isTTY, env, platform }: StyleSource): Style {
  const hasColor = isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  const hasUnicode = platform !== 'linux' || /utf-?8/i.test(locale)
  const paint = (open: number, close: number) => (text: string) => (hasColor && text !== '' ? `\x1b[${open}m${text}\x1b[${close}m` : text)
  return {
    hasColor,
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    check: hasUnicode ? '✓' : '+',
    cross: hasUnicode ? '✗' : 'x',
    dot: hasUnicode ? '●' : '*',
    spinner: hasUnicode ? ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] : ['|', '/', '-', '\\'],
  }
}
