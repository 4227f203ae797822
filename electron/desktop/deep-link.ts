import { screenNames, type Place } from '#contract/desktop-bridge.ts'

/** The scheme of links into Cove: `cove://open/<screen>`, and `cove://container/<id>` and its kin. */
export const deepLinkScheme = 'cove'

/** The screen that has the page of what a link names. */
const objectScreens: Readonly<Record<string, Place['screen']>> = { container: 'containers', project: 'projects', image: 'images', volume: 'volumes', network: 'networks', build: 'builds' }

/** The place a link names; undefined for anything that is not such a link. A link only ever shows something. */
export function readDeepLink(text: string): Place | undefined {
  if (!URL.canParse(text)) return undefined
  const { protocol, host, pathname } = new URL(text)
  if (protocol !== `${deepLinkScheme}:`) return undefined
  const name = pathname.slice(1)
  if (host === 'open') return screenNames.filter((screen) => screen === name).map((screen) => ({ screen }))[0]
  const screen = Object.hasOwn(objectScreens, host) ? objectScreens[host] : undefined
  const part = safeDecode(name)
  return screen === undefined || part === undefined || part === '' || part.length > maxPart ? undefined : { screen, part }
}

/** The first link among a program's arguments: how Linux and Windows hand one over. */
export function findDeepLink(words: readonly string[]): Place | undefined {
  return words.map(readDeepLink).find((place) => place !== undefined)
}

/** Longer than any name of Docker's. */
const maxPart = 300

function safeDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
