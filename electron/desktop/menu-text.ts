import { harmlessLine } from '#base/harmless.ts'

/** Longer ones would make a menu as wide as the screen. */
const longest = 60

/** Text that somebody outside chose, short and on one line, with nothing in it that hides or reorders what follows. */
export function shortText(text: string): string {
  // By code points: half of a pair would be shown as a box.
  const letters = Array.from(harmlessLine(text.slice(0, 4 * longest)))
  return letters.length <= longest ? letters.join('') : `${letters.slice(0, longest - 1).join('')}…`
}

/** The same as a menu item's label, where `&` would underline what follows and make it a key. */
export function menuText(text: string): string {
  return shortText(text).replaceAll('&', '&&')
}
