import type { ScreenName } from '#contract/desktop-bridge.ts'
import type { IconName } from '../ui/icon.tsx'

/** One screen as the sidebar and the palette list it; its name is `screen.<id>` in the locale files, what it shows is in all-views.ts. */
export interface ScreenEntry {
  id: ScreenName
  icon: IconName
  /** Screens of one group stand together in the sidebar. */
  group: 'docker' | 'cove'
}

/** Every screen, in the order of the sidebar. */
export const screens: readonly ScreenEntry[] = [
  { id: 'overview', icon: 'overview', group: 'docker' },
  { id: 'containers', icon: 'container', group: 'docker' },
  { id: 'projects', icon: 'project', group: 'docker' },
  { id: 'images', icon: 'image', group: 'docker' },
  { id: 'volumes', icon: 'volume', group: 'docker' },
  { id: 'networks', icon: 'network', group: 'docker' },
  { id: 'builds', icon: 'build', group: 'docker' },
  { id: 'activity', icon: 'activity', group: 'cove' },
  { id: 'disk', icon: 'disk', group: 'cove' },
  { id: 'trouble', icon: 'trouble', group: 'cove' },
  { id: 'settings', icon: 'settings', group: 'cove' },
]
