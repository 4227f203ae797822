import { createElement, type ComponentType, type ReactElement } from 'react'
import type { ScreenName } from '#contract/desktop-bridge.ts'
import { Overview } from '../screens/overview/overview.tsx'
import { route } from '../state/router.ts'
import { Store, useStore } from '../state/store.ts'

/** The first screen comes with the frame; the others, three times as much code, once it was painted or somebody goes there. */
const views = new Store<Partial<Record<ScreenName, ComponentType>>>({ overview: Overview })

/** What a screen shows, as soon as its code is there. */
export function useView(screen: ScreenName): ReactElement | undefined {
  const view = useStore(views)[screen]
  return view && createElement(view, { key: screen })
}

/** Loads the other screens when there is nothing else to do, or at once when one of them is wanted. */
export function loadViews(): void {
  let isLoading = false
  const load = (): void => {
    if (isLoading) return
    isLoading = true
    unsubscribe()
    import('./all-views.ts').then(({ allViews }) => views.set(allViews), reportError)
  }
  const loadIfWanted = (): void => {
    if (!(route.value.screen in views.value)) load()
  }
  const unsubscribe = route.subscribe(loadIfWanted)
  loadIfWanted()
  // After the first paint, of which idle time alone is no sign.
  requestAnimationFrame(() => requestIdleCallback(load, { timeout: 1000 }))
}
