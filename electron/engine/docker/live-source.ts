import { z } from 'zod'
import { ContainerList } from './container.ts'
import type { DockerReader } from './docker-reader.ts'
import { ImageDetail, ImageList, withoutStolenNames } from './image.ts'
import type { LiveSource } from './live-docker.ts'
import { NetworkDetail, NetworkList } from './network.ts'
import { isOwn } from './own-objects.ts'
import { VolumeDetail, VolumeList } from './volume.ts'

const isHidden = ({ labels }: { labels: Readonly<Record<string, string>> }): boolean => isOwn(labels)

/** Docker's requests behind the live model. */
export function liveSource({ get, find, stream }: DockerReader): LiveSource {
  return {
    openEvents: (signal) => stream('/events', signal),
    containers: {
      what: 'containers',
      idOf: ({ id }) => id,
      isHidden,
      list: (signal) => get('/containers/json?all=1', ContainerList, signal),
      // The list with a filter, not the inspection: every row comes in one form, and it is far shorter.
      lookUp: async (id, signal) => (await get(`/containers/json?all=1&filters=${encodeURIComponent(JSON.stringify({ id: [id] }))}`, ContainerList, signal)).find((one) => one.id === id),
    },
    images: {
      what: 'images',
      idOf: ({ id }) => id,
      isHidden,
      list: (signal) => get('/images/json', ImageList, signal),
      lookUp: (id, signal) => find(`/images/${encodeURIComponent(id)}/json`, ImageDetail, signal),
      displace: withoutStolenNames,
    },
    volumes: {
      what: 'volumes',
      idOf: ({ name }) => name,
      isHidden,
      list: (signal) => get('/volumes', VolumeList, signal),
      lookUp: (name, signal) => find(`/volumes/${encodeURIComponent(name)}`, VolumeDetail, signal),
    },
    networks: {
      what: 'networks',
      idOf: ({ id }) => id,
      list: (signal) => get('/networks', NetworkList, signal),
      lookUp: (id, signal) => find(`/networks/${encodeURIComponent(id)}`, NetworkDetail, signal),
    },
    // The list is of what was last noted; an inspection waits for whoever changes the container, who notes it first.
    settled: async (id, signal) => void (await find(`/containers/${encodeURIComponent(id)}/json`, z.object({}), signal)),
  }
}
