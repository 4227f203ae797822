import type { ComponentType } from 'react'
import type { ScreenName } from '#contract/desktop-bridge.ts'
import { Activity } from '../screens/activity/activity.tsx'
import { Builds } from '../screens/builds/builds.tsx'
import { Containers } from '../screens/containers/containers.tsx'
import { Disk } from '../screens/disk/disk.tsx'
import { Images } from '../screens/images/images.tsx'
import { Networks } from '../screens/networks/networks.tsx'
import { Overview } from '../screens/overview/overview.tsx'
import { Projects } from '../screens/projects/projects.tsx'
import { Settings } from '../screens/settings/settings.tsx'
import { Trouble } from '../screens/trouble/trouble.tsx'
import { Volumes } from '../screens/volumes/volumes.tsx'
import type { IconName } from '../ui/icon.tsx'

/** One screen as the sidebar and the palette list it; its name is `screen.<id>` in the locale files. */
export interface ScreenEntry {
  id: ScreenName
  icon: IconName
  /** Screens of one group stand together in the sidebar. */
  group: 'docker' | 'cove'
  view: ComponentType
}

/** Every screen, in the order of the sidebar. */
export const screens: readonly ScreenEntry[] = [
  { id: 'overview', icon: 'overview', group: 'docker', view: Overview },
  { id: 'containers', icon: 'container', group: 'docker', view: Containers },
  { id: 'projects', icon: 'project', group: 'docker', view: Projects },
  { id: 'images', icon: 'image', group: 'docker', view: Images },
  { id: 'volumes', icon: 'volume', group: 'docker', view: Volumes },
  { id: 'networks', icon: 'network', group: 'docker', view: Networks },
  { id: 'builds', icon: 'build', group: 'docker', view: Builds },
  { id: 'activity', icon: 'activity', group: 'cove', view: Activity },
  { id: 'disk', icon: 'disk', group: 'cove', view: Disk },
  { id: 'trouble', icon: 'trouble', group: 'cove', view: Trouble },
  { id: 'settings', icon: 'settings', group: 'cove', view: Settings },
]
