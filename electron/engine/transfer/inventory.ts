import type { LeftOut, Selection } from '#contract/transfer.ts'
import type { DockerObjects } from '../docker/docker-objects.ts'
import type { ContainerSummary, ImageDetail, ImageSummary, Network, Volume } from '../docker/docker-shapes.ts'
import { isHelperImage, helperLabel } from './volume-reach.ts'
import { findProjects, type Project } from './projects.ts'
import { isNamed, matches, requireFound, withTag } from './select.ts'

/** An image with those of its tags that were asked for; none for one that was named by its id. */
export interface ChosenImage {
  detail: ImageDetail
  tags: string[]
}

/** A volume with its size in bytes (null: unknown) and who is writing to it. */
export interface ChosenVolume {
  volume: Volume
  bytes: number | null
  users: string[]
}

/** What a selection means in one Docker. */
export interface Inventory {
  images: ChosenImage[]
  volumes: ChosenVolume[]
  networks: Network[]
  projects: Project[]
  leftOut: LeftOut[]
}

/** The greeting that every guest has of its own. */
const welcomeImage = /^cove\/welcome:/
const predefinedNetworks = new Set(['bridge', 'host', 'none'])
const anonymousLabel = 'com.docker.volume.anonymous'
const projectLabel = 'com.docker.compose.project'

/** Looks up what a selection means. @throws CoveError `transfer.not-found` for a name that nothing has. */
export async function takeStock(docker: DockerObjects, selection: Selection): Promise<Inventory> {
  const leftOut: LeftOut[] = []
  const containers = (await docker.containers()).filter(({ Labels }) => Labels[helperLabel] === undefined)
  const all = findProjects(containers)
  const projects = all.filter(({ name }) => matches(name, selection.projects))
  requireFound('project', selection.projects, (name) => all.some((project) => project.name === name))
  const context: Context = { docker, selection, containers, projects, leftOut }
  const networks = await chooseNetworks(context)
  const volumes = await chooseVolumes(context)
  const images = await chooseImages(context)
  if (containers.length > 0) {
    leftOut.push({ what: count(containers.length, 'container'), why: 'containers are made anew from images: docker compose up, docker run' })
  }
  return { images, volumes, networks, projects, leftOut }
}

interface Context {
  docker: DockerObjects
  selection: Selection
  containers: ContainerSummary[]
  projects: Project[]
  leftOut: LeftOut[]
}

function isOfProject(labels: Record<string, string>, projects: readonly Project[]): boolean {
  return projects.some(({ name }) => labels[projectLabel] === name)
}

async function chooseNetworks({ docker, selection, projects, leftOut }: Context): Promise<Network[]> {
  const networks = await docker.networks()
  requireFound('network', selection.networks, (name) => networks.some((network) => network.Name === name))
  const wanted = networks.filter(({ Name, Labels }) => !predefinedNetworks.has(Name) && (matches(Name, selection.networks) || isOfProject(Labels, projects)))
  const [local, other] = [wanted.filter(isLocal), wanted.filter((network) => !isLocal(network))]
  for (const { Name } of other) leftOut.push({ what: `network ${Name}`, why: 'it belongs to a swarm' })
  return local
}

function isLocal({ Scope, Ingress }: Network): boolean {
  return Scope === 'local' && !Ingress
}

async function chooseVolumes({ docker, selection, projects, containers, leftOut }: Context): Promise<ChosenVolume[]> {
  const volumes = (await docker.volumes()).filter(({ Labels }) => Labels[helperLabel] === undefined)
  requireFound('volume', selection.volumes, (name) => volumes.some((volume) => volume.Name === name))
  const wanted = volumes.filter(({ Name, Labels }) => matches(Name, selection.volumes) || isOfProject(Labels, projects))
  const isAnonymous = ({ Name, Labels }: Volume): boolean => Labels[anonymousLabel] !== undefined && !isNamed(Name, selection.volumes)
  const nameless = wanted.filter(isAnonymous)
  if (nameless.length > 0) leftOut.push({ what: count(nameless.length, 'volume without a name', 'volumes without a name'), why: 'each belongs to one container; name it to take it along' })
  const chosen = wanted.filter((volume) => !isAnonymous(volume))
  for (const { Name, Driver } of chosen.filter(({ Driver }) => Driver !== 'local')) leftOut.push({ what: `volume ${Name}`, why: `it is kept by the volume driver "${Driver}"` })
  const own = chosen.filter(({ Driver }) => Driver === 'local')
  const sizes = own.length > 0 ? await docker.volumeSizes() : new Map<string, number>()
  return own.map((volume) => {
    const size = sizes.get(volume.Name) ?? -1
    return { volume, bytes: size < 0 ? null : size, users: runningUsers(containers, volume.Name) }
  })
}

/** Names of running containers that have a volume mounted. */
export function runningUsers(containers: readonly ContainerSummary[], volume: string): string[] {
  const users = containers.filter(({ State, Mounts }) => (State === 'running' || State === 'paused') && Mounts.some(({ Type, Name }) => Type === 'volume' && Name === volume))
  return users.map(({ Names, Id }) => Names[0]?.replace(/^\//, '') ?? Id.slice(0, 12))
}

/** Whether a driver option says that a volume's contents lie elsewhere: a host folder, nfs, memory. */
export function isElsewhere({ Options }: Pick<Volume, 'Options'>): boolean {
  return Object.keys(Options).length > 0
}

async function chooseImages({ docker, selection, projects, leftOut }: Context): Promise<ChosenImage[]> {
  const images = await docker.images()
  const patterns = selection.images.map(withTag)
  requireFound('image', selection.images, (name) => images.some((image) => isIdOf(name, image) || image.RepoTags.includes(withTag(name))))
  const ofProjects = new Set(projects.flatMap(({ imageIds }) => imageIds))
  const chosen: ChosenImage[] = []
  let untagged = 0
  for (const image of images) {
    const tags = tagsOf(image).filter((tag) => matches(tag, patterns) || ofProjects.has(image.Id))
    const isWanted = tags.length > 0 || ofProjects.has(image.Id) || selection.images.some((name) => isIdOf(name, image))
    if (!isWanted) {
      if (image.RepoTags.length === 0 && patterns.includes('*')) untagged++
      continue
    }
    const detail = await docker.image(image.Id)
    if (detail) chosen.push({ detail, tags: tags.filter((tag) => !welcomeImage.test(tag) || isNamed(tag, patterns)) })
  }
  if (untagged > 0) leftOut.push({ what: count(untagged, 'image without a name', 'images without a name'), why: 'give its id to take it along' })
  return chosen.filter(({ tags, detail }) => tags.length > 0 || !detail.RepoTags.some((tag) => welcomeImage.test(tag)))
}

function tagsOf({ RepoTags }: ImageSummary): string[] {
  return RepoTags.filter((tag) => tag !== '<none>:<none>' && !isHelperImage(tag))
}

function isIdOf(name: string, { Id }: ImageSummary): boolean {
  const hex = name.replace(/^sha256:/, '')
  return /^[0-9a-f]{6,64}$/.test(hex) && Id.startsWith(`sha256:${hex}`)
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
