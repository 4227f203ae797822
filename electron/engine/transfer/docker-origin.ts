import { CoveError } from '#contract/errors.ts'
import type { LeftOut, Selection } from '#contract/transfer.ts'
import type { DockerObjects } from '../docker/docker-objects.ts'
import { imageFingerprint, networkDefinition } from './fingerprint.ts'
import type { VolumeReach } from './volume-reach.ts'
import { isElsewhere, takeStock, type ChosenImage, type ChosenVolume } from './inventory.ts'
import type { Offer, OfferedImage, OfferedImages, OfferedVolume } from './offer.ts'
import { configId, namelessImageTar, type SavedImage } from './tar/image-tar.ts'
import { checkedVolumeTar } from './tar/volume-tar.ts'

/** What another Docker on this host offers. */
export async function offersOfDocker(docker: DockerObjects, reach: VolumeReach, selection: Selection): Promise<{ offers: Offer[]; leftOut: LeftOut[] }> {
  const stock = await takeStock(docker, selection)
  const { ID } = await docker.info()
  const offers: Offer[] = [
    ...stock.networks.map((network): Offer => ({ kind: 'network', name: network.Name, definition: networkDefinition(network) })),
    ...stock.volumes.map((chosen) => offerVolume(reach, ID, chosen)),
    ...groupByLayers(stock.images).map((group) => offerImages(docker, group)),
    ...stock.projects.map(({ name, workingDir, imageIds }): Offer => ({ kind: 'project', name, files: null, workingDir, imageIds })),
  ]
  return { offers, leftOut: stock.leftOut }
}

/** What to say of a volume that is written to while it is read. */
export function inUseNote({ users }: Pick<ChosenVolume, 'users'>): string | null {
  return users.length === 0 ? null : `in use by ${users.join(', ')}: its copy may not be consistent`
}

function offerVolume(reach: VolumeReach, engineId: string, chosen: ChosenVolume): OfferedVolume {
  const { Name: name, Options: options, Labels: labels } = chosen.volume
  const open = isElsewhere(chosen.volume) ? null : () => checkedVolumeTar(reach.read(name), name)
  const origin = `docker:${engineId.replaceAll(/[^\w.:-]/g, '')}/${name}`
  return { kind: 'volume', name, options, labels, bytes: open ? chosen.bytes : null, origin, note: inUseNote(chosen), open }
}

/** Images that share a layer belong together: one docker-save archive holds what they share once. */
export function groupByLayers(images: readonly ChosenImage[]): ChosenImage[][] {
  const groups: { layers: Set<string>; images: ChosenImage[] }[] = []
  for (const image of images) {
    const layers = image.detail.RootFS.Layers
    const related = groups.filter((group) => layers.some((layer) => group.layers.has(layer)))
    const merged = { layers: new Set([...related.flatMap((group) => [...group.layers]), ...layers]), images: [...related.flatMap((group) => group.images), image] }
    for (const group of related) groups.splice(groups.indexOf(group), 1)
    groups.push(merged)
  }
  return groups.map((group) => group.images)
}

/** An image as it is offered. */
export function offeredImage({ detail, tags }: ChosenImage): OfferedImage {
  return { id: detail.Id, tags, bytes: Math.max(0, detail.Size), fingerprint: imageFingerprint(detail), architecture: detail.Architecture }
}

/** What docker save is asked for: tags where there are any, for they tell the images apart afterwards. */
export function saveNames(images: readonly Pick<OfferedImage, 'id' | 'tags'>[]): string[] {
  return images.flatMap(({ id, tags }) => (tags.length > 0 ? tags : [id]))
}

/** Which saved image is which of those asked for. @throws CoveError `docker.refused` when one is missing. */
export function matchSaved<T extends Pick<OfferedImage, 'id' | 'tags'>>(asked: readonly T[], saved: readonly SavedImage[]): Map<T, SavedImage> {
  return new Map(
    asked.map((image) => {
      const found = saved.find((one) => image.tags.some((tag) => one.RepoTags.includes(tag))) ?? saved.find((one) => configId(one) === image.id)
      if (found) return [image, found]
      throw new CoveError('docker.refused', { message: `Docker did not save the image "${image.tags[0] ?? image.id}"`, hint: 'Give it a name with docker tag, then try again.' })
    }),
  )
}

function offerImages(docker: DockerObjects, group: ChosenImage[]): OfferedImages {
  const images = group.map(offeredImage)
  let ids = new Map<OfferedImage, string>()
  return {
    kind: 'images',
    images,
    async *open(wanted) {
      const source = await docker.saveImages(saveNames(wanted))
      const onImages = (saved: SavedImage[]): void => {
        ids = new Map([...matchSaved(wanted, saved)].map(([image, one]) => [image, configId(one) ?? image.id]))
      }
      yield* namelessImageTar(source, { onImages })
    },
    idsAfter: () => ids,
  }
}
