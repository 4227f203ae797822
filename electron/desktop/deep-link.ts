import { screenNames, type ScreenName } from '#contract/desktop-bridge.ts'

/** The scheme of links into Cove, `cove://open/<screen>`. */
export const deepLinkScheme = 'cove'

/** The screen a link names; undefined for anything that is not such a link. A link only ever shows something. */
export function readDeepLink(text: string): ScreenName | undefined {
  if (!URL.canParse(text)) return undefined
  const { protocol, host, pathname } = new URL(text)
  if (protocol !== `${deepLinkScheme}:` || host !== 'open') return undefined
  return screenNames.find((name) => pathname === `/${name}`)
}

/** The first link among a program's arguments: how Linux and Windows hand one over. */
export function findDeepLink(words: readonly string[]): ScreenName | undefined {
  return words.map(readDeepLink).find((screen) => screen !== undefined)
}
