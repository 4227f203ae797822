import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CoveError, toCoveError } from '#contract/errors.ts'
import type { TransferItem } from '#contract/transfer.ts'
import type { DockerObjects } from '../docker/docker-objects.ts'
import { DockerRefusal } from '../docker/docker-request.ts'
import type { SettingsFile } from '../settings/settings-file.ts'
import { counted } from './counted.ts'
import { imageFingerprint } from './fingerprint.ts'
import type { ImageStep, Step } from './import-plan.ts'
import { importVolume, type VolumeTarget } from './import-volume.ts'
import type { KeptOptions } from './kept-options.ts'
import { dockerOptionsName, type OfferedImage, type OfferedImages, type OfferedNetwork, type OfferedProject, type OfferedSettings } from './offer.ts'
import type { Report } from './report.ts'

/** Where an import puts things. */
export interface ImportTarget {
  /** Undefined when nothing of Docker's is imported. */
  site: VolumeTarget | undefined
  settings: SettingsFile
  dockerOptions: Pick<KeptOptions, 'propose'>
  projectsDir: string
  signal: AbortSignal
}

/** Carries out a plan without conflicts, one thing after the other; what is done stays when a later one fails. */
export async function carryOut(steps: readonly Step[], target: ImportTarget, report: Report): Promise<void> {
  for (const step of steps) {
    target.signal.throwIfAborted()
    for (const item of await carryOutOne(step, target, report)) report.item(item)
  }
}

async function carryOutOne(step: Step, { site, projectsDir, ...target }: ImportTarget, report: Report): Promise<TransferItem[]> {
  if ('items' in step) return importSettings(step.offer, step.items, target)
  if (!('images' in step) && (step.item.action === 'present' || step.item.action === 'skip')) return [step.item]
  if (step.offer.kind === 'project' && 'item' in step) return [await importProject(step.offer, step.item, projectsDir)]
  if (!site) throw new Error('something of Docker is imported without a Docker')
  if ('images' in step) return importImages(step, site, report)
  if (step.offer.kind === 'volume') return [await importVolume(step.offer, { item: step.item, target: site, report })]
  return step.offer.kind === 'network' ? [await importNetwork(step.offer, step.item, site.docker)] : []
}

/** Networks that differ are made anew; Docker itself refuses while a container is attached. */
async function importNetwork({ definition }: OfferedNetwork, item: TransferItem, docker: DockerObjects): Promise<TransferItem> {
  if (item.action === 'replace') {
    for (const { Id, Name } of await docker.networks()) if (Name === item.name) await docker.removeNetwork(Id).catch((error: unknown) => Promise.reject(inUse(`network "${item.name}"`, error)))
  }
  const network = {
    Name: item.as ?? item.name,
    Driver: definition.driver,
    EnableIPv6: definition.isIPv6,
    Internal: definition.isInternal,
    Attachable: definition.isAttachable,
    Options: definition.options,
    Labels: definition.labels,
  }
  const { driver: Driver, options: Options, ranges: Config } = definition.ipam
  try {
    await docker.createNetwork({ ...network, IPAM: { Driver, Options, Config } })
    return item
  } catch (error) {
    if (!(error instanceof DockerRefusal && /overlaps/i.test(error.message))) throw error
  }
  // The addresses were most likely Docker's own choice there; here they are taken.
  await docker.createNetwork({ ...network, IPAM: { Driver, Options } })
  return { ...item, note: 'with another range of addresses: its own is taken here' }
}

function inUse(what: string, error: unknown): unknown {
  if (!(error instanceof DockerRefusal)) return error
  return new CoveError('transfer.in-use', { message: `${what} cannot be replaced: ${error.message}`, hint: 'Remove the containers that use it, then try again.', cause: error })
}

/** Loads what is missing without names, compares it with what was offered, and gives it its names last. */
async function importImages(step: { offer: OfferedImages; images: ImageStep[] }, { docker, signal }: VolumeTarget, report: Report): Promise<TransferItem[]> {
  const { offer, images } = step
  const isWanted = ({ tags }: ImageStep): boolean => tags.some(({ item }) => item.action !== 'present' && item.action !== 'skip')
  const missing = images.filter((one) => isWanted(one) && !one.present).map(({ image }) => image)
  if (missing.length > 0) {
    await docker.loadImages(counted(offer.open(missing, signal), (bytes) => report.moved(missing.flatMap(({ tags, id }) => tags[0] ?? id.slice(7, 19)).join(', '), bytes)))
  }
  const loaded = offer.idsAfter()
  for (const { image, present, tags } of images) {
    const id = present?.Id ?? loaded.get(image) ?? image.id
    if (missing.includes(image)) await requireSame(docker, image, id)
    for (const { tag, item } of tags) {
      if (tag !== null && item.action !== 'present' && item.action !== 'skip') await docker.tagImage(id, splitTag(item.as ?? tag))
    }
  }
  return images.flatMap(({ tags }) => tags.map(({ item }) => item))
}

async function requireSame(docker: DockerObjects, image: OfferedImage, id: string): Promise<void> {
  const detail = await docker.image(id)
  if (detail && imageFingerprint(detail) === image.fingerprint) return
  const name = image.tags[0] ?? image.id
  throw new CoveError('archive.corrupt', { message: `the image "${name}" that Docker loaded is not the one that was exported`, hint: 'No name was given to it: nothing of yours changed.' })
}

function splitTag(tag: string): { repository: string; tag: string } {
  const colon = tag.lastIndexOf(':')
  return { repository: tag.slice(0, colon), tag: tag.slice(colon + 1) }
}

/** A folder of its own, below one that the user chose: an archive says nothing about where on the host its files go. */
async function importProject({ files }: OfferedProject, item: TransferItem, projectsDir: string): Promise<TransferItem> {
  if (!files || files.length === 0) return item
  const folder = join(projectsDir, item.as ?? item.name)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    for (const { name, text } of files) {
      // Removed first, so that a link is never written through.
      if (item.action === 'replace') await rm(join(folder, name), { force: true })
      await writeFile(join(folder, name), text, { mode: 0o600, flag: 'wx' })
    }
    return item
  } catch (error) {
    throw new CoveError('file.unwritable', { message: `cannot write the files of project "${item.name}" to "${folder}": ${toCoveError(error).message}`, about: { path: folder }, hint: 'Name another folder with --projects-to.', cause: error })
  }
}

async function importSettings({ values, dockerOptions: options }: OfferedSettings, items: readonly TransferItem[], { settings, dockerOptions }: Pick<ImportTarget, 'settings' | 'dockerOptions'>): Promise<TransferItem[]> {
  for (const { name } of items.filter(({ action }) => action !== 'present' && action !== 'skip')) {
    const value = values[name]
    if (name === dockerOptionsName && options !== undefined) await dockerOptions.propose(options)
    else if (value !== undefined) await settings.set(name, typeof value === 'string' ? value : JSON.stringify(value))
  }
  return [...items]
}
