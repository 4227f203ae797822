import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { ImageDetail, Network } from '../docker/docker-shapes.ts'
import type { NetworkDefinition } from './archive/manifest.ts'

/** A digest of what an image is, the same in every kind of image store (their ids are not). */
export function imageFingerprint({ RootFS, Architecture, Os, Created, Config }: ImageDetail): string {
  const { Cmd = [], Entrypoint = [], Env = [], WorkingDir = '', User = '', Labels = {} } = Config ?? {}
  const labels = Object.entries(Labels).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(JSON.stringify([RootFS.Layers, Architecture, Os, Created ?? '', Cmd, Entrypoint, Env, WorkingDir, User, labels])).digest('hex')
}

/** What makes a network what it is. */
export function networkDefinition({ Driver, EnableIPv6, Internal, Attachable, IPAM, Options, Labels }: Network): NetworkDefinition {
  const ranges = IPAM.Config.map((range) => Object.fromEntries(Object.entries(range).flatMap(([key, value]) => (value ? [[key, value] as const] : []))))
  return { driver: Driver, isIPv6: EnableIPv6, isInternal: Internal, isAttachable: Attachable, ipam: { driver: IPAM.Driver, options: IPAM.Options, ranges }, options: Options, labels: Labels }
}

/** Whether two networks are the same, and whether their addresses are; Docker chooses those itself unless told. */
export function compareNetworks(a: NetworkDefinition, b: NetworkDefinition): 'same' | 'other-addresses' | 'different' {
  const { ipam: ipamA, ...restA } = a
  const { ipam: ipamB, ...restB } = b
  if (!isDeepStrictEqual(restA, restB)) return 'different'
  return isDeepStrictEqual(ipamA, ipamB) ? 'same' : 'other-addresses'
}
