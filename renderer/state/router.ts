import { screenNames, type ScreenName } from '#contract/desktop-bridge.ts'
import { Store } from './store.ts'

/** Where in the window one is: a screen, and what of it. */
export interface Route {
  screen: ScreenName
  /** The part of the screen, such as a tab or a setting's name. */
  part: string | undefined
  /** What of that part, such as a tab of an object's page. */
  tab?: string | undefined
}

/** The present route; the page's own history holds the former ones. */
export const route = new Store<Route>(readRoute(location.hash))
/** Whether there is a way back and forward. */
export const ways = new Store({ back: false, forward: false })

/** Follows the page's history: links, the back and forward buttons of keyboard and mouse. */
export function followHistory(): void {
  navigation.addEventListener('currententrychange', update)
  update()
}

function update(): void {
  route.set(readRoute(location.hash))
  ways.set({ back: navigation.canGoBack, forward: navigation.canGoForward })
}

/** Goes to a screen; nothing happens when one is there. */
export function open(screen: ScreenName, part?: string, tab?: string): void {
  const hash = routeHash(screen, part, tab)
  if (location.hash !== hash) location.hash = hash
}

/** Goes to another tab of where one is, without a step in the history. */
export function openTab(tab: string): void {
  const { screen, part } = route.value
  navigation.navigate(routeHash(screen, part, tab), { history: 'replace' }).finished?.catch(() => undefined)
}

/** The link to a screen. */
export function routeHash(screen: ScreenName, part?: string, tab?: string): string {
  return `#/${[screen, part, part === undefined ? undefined : tab].filter((word) => word !== undefined).map(encodeURIComponent).join('/')}`
}

/** Back and forward, as far as there is a way. */
export function travel(direction: 'back' | 'forward'): void {
  if (!ways.value[direction]) return
  const travelled = direction === 'back' ? navigation.back() : navigation.forward()
  // Another step before the last one has ended takes its place.
  travelled.finished?.catch(() => undefined)
}

/** Reads a hash such as `#/settings/vm.cpus`; what names no screen is the first one. */
export function readRoute(hash: string): Route {
  const [, name, part, tab] = hash.split('/').map(decode)
  const screen = screenNames.find((each) => each === name) ?? 'overview'
  return { screen, part: part || undefined, tab: tab || undefined }
}

function decode(word: string): string {
  try {
    return decodeURIComponent(word)
  } catch {
    return word
  }
}
