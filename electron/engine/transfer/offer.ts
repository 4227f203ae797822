import type { LeftOut, Selection } from '#contract/transfer.ts'
import type { NetworkDefinition, SettingsItem } from './archive/manifest.ts'
import { isNamed, matches, requireFound, withTag } from './select.ts'

/** A tar that is read once, from its source. */
export type OpenTar = (signal: AbortSignal) => AsyncGenerator<Buffer, void>

/** An image that is offered. */
export interface OfferedImage {
  id: string
  tags: string[]
  bytes: number
  fingerprint: string
  architecture: string
}

/** Images that come together because they share layers. */
export interface OfferedImages {
  kind: 'images'
  images: OfferedImage[]
  /** A docker-save archive with those of the images that are wanted, or more. */
  open(wanted: readonly OfferedImage[], signal: AbortSignal): AsyncGenerator<Buffer, void>
  /** The images of the archive that `open` gave, known once it was read: each with the digest of its configuration. */
  idsAfter(): ReadonlyMap<OfferedImage, string>
}

/** A volume that is offered. */
export interface OfferedVolume {
  kind: 'volume'
  name: string
  options: Record<string, string>
  labels: Record<string, string>
  bytes: number | null
  /** What its contents are, so that they are known again. */
  origin: string
  note: string | null
  /** Null when it has no contents of its own. */
  open: OpenTar | null
}

/** A network that is offered. */
export interface OfferedNetwork {
  kind: 'network'
  name: string
  definition: NetworkDefinition
}

/** A project that is offered; without files when they lie on this host already. */
export interface OfferedProject {
  kind: 'project'
  name: string
  files: { name: string; text: string }[] | null
  workingDir: string | null
  imageIds: string[]
}

/** Settings that are offered. */
export type OfferedSettings = SettingsItem

/** What Docker's options of the user's own are called among settings. */
export const dockerOptionsName = 'daemon.json'

export type Offer = OfferedImages | OfferedVolume | OfferedNetwork | OfferedProject | OfferedSettings

/** Somewhere things can be had from. */
export interface TransferOrigin extends AsyncDisposable {
  offers: Offer[]
  leftOut: LeftOut[]
  /** Reads everything that was offered and compares its digests, as far as that can be done before it is used. */
  verify?(offers: readonly Offer[], onBytes: (what: string, bytes: number) => void, signal: AbortSignal): Promise<void>
}

const projectLabel = 'com.docker.compose.project'

/** The offers that a selection asks for. @throws CoveError `transfer.not-found`. */
export function selectOffers(offers: readonly Offer[], selection: Selection): Offer[] {
  const of = <K extends Offer['kind']>(kind: K): Extract<Offer, { kind: K }>[] => offers.filter((offer): offer is Extract<Offer, { kind: K }> => offer.kind === kind)
  const tags = of('images').flatMap(({ images }) => images)
  requireFound('network', selection.networks, (name) => of('network').some((network) => network.name === name))
  requireFound('volume', selection.volumes, (name) => of('volume').some((volume) => volume.name === name))
  requireFound('image', selection.images, (name) => tags.some(({ tags: has, id }) => has.includes(withTag(name)) || isIdOf(name, id)))
  requireFound('project', selection.projects, (name) => of('project').some((project) => project.name === name))
  const projects = of('project').filter(({ name }) => matches(name, selection.projects))
  const isOfProject = (labels: Record<string, string>): boolean => projects.some(({ name }) => labels[projectLabel] === name)
  const images = selectImages(of('images'), selection.images, new Set(projects.flatMap(({ imageIds }) => imageIds)))
  return [
    ...of('network').filter(({ name, definition }) => matches(name, selection.networks) || isOfProject(definition.labels)),
    ...of('volume').filter(({ name, labels }) => matches(name, selection.volumes) || isOfProject(labels)),
    ...images,
    ...projects,
    ...(selection.settings ? of('settings') : []),
  ]
}

function selectImages(groups: readonly OfferedImages[], names: readonly string[], ofProjects: ReadonlySet<string>): OfferedImages[] {
  const patterns = names.map(withTag)
  return groups.flatMap((group) => {
    const images = group.images.flatMap((image) => {
      const isWhole = ofProjects.has(image.id) || patterns.includes('*') || names.some((name) => isIdOf(name, image.id))
      if (isWhole) return [image]
      const tags = image.tags.filter((tag) => matches(tag, patterns) || isNamed(tag, patterns))
      return tags.length === 0 ? [] : [Object.assign(image, { tags })]
    })
    return images.length === 0 ? [] : [Object.assign(group, { images })]
  })
}

function isIdOf(name: string, id: string): boolean {
  const hex = name.replace(/^sha256:/, '')
  return /^[0-9a-f]{6,64}$/.test(hex) && id.startsWith(`sha256:${hex}`)
}
