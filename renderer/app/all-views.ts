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

/** What each screen shows. */
export const allViews: Readonly<Record<ScreenName, ComponentType>> = {
  overview: Overview,
  containers: Containers,
  projects: Projects,
  images: Images,
  volumes: Volumes,
  networks: Networks,
  builds: Builds,
  activity: Activity,
  disk: Disk,
  trouble: Trouble,
  settings: Settings,
}
