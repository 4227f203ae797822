import { useMemo } from 'react'
import { useLive } from '../state/live.ts'
import type { KnownObjects } from './actions.ts'

/** Docker's objects for the palette, followed while it is open. */
export function useKnownObjects(): KnownObjects {
  const containers = useLive('container').objects
  const projects = useLive('project').objects
  const images = useLive('image').objects
  const volumes = useLive('volume').objects
  const networks = useLive('network').objects
  return useMemo(
    () => ({
      containers,
      projects: projects.map(named),
      images: images.flatMap(({ id, tags }) => tags.map((name) => ({ id, name }))),
      volumes: volumes.map(named),
      networks,
    }),
    [containers, projects, images, volumes, networks],
  )
}

function named({ name }: { name: string }): { id: string; name: string } {
  return { id: name, name }
}
