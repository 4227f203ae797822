import { existsSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { CoveError } from '#contract/errors.ts'
import type { LeftOut, Selection, TransferItem, TransferPlan } from '#contract/transfer.ts'
import { redact } from '#base/redact.ts'
import type { DockerObjects } from '../docker/docker-objects.ts'
import type { SettingsFile } from '../settings/settings-file.ts'
import { ArchiveWriter } from './archive/archive-writer.ts'
import { imageTag, type ProjectItem, type SettingsItem } from './archive/manifest.ts'
import { groupByLayers, inUseNote, matchSaved, offeredImage, saveNames } from './docker-origin.ts'
import { networkDefinition } from './fingerprint.ts'
import type { VolumeReach } from './volume-reach.ts'
import type { KeptOptions } from './kept-options.ts'
import { isElsewhere, takeStock, type ChosenImage, type ChosenVolume, type Inventory } from './inventory.ts'
import { dockerOptionsName } from './offer.ts'
import { readProject } from './projects.ts'
import type { Report } from './report.ts'
import type { Site } from './site.ts'
import { observedImageTar, type SavedImage } from './tar/image-tar.ts'
import { checkedVolumeTar } from './tar/volume-tar.ts'

/** Where an export takes things from. */
export interface ExportSource {
  settings: SettingsFile
  dockerOptions: Pick<KeptOptions, 'text'>
  /** Undefined when nothing of Docker's is asked for. */
  site: Pick<Site, 'docker' | 'reach'> | undefined
}

/** What an export is asked for. */
export interface ExportRequest {
  selection: Selection
  withEnv: boolean
}

/** Everything an export takes along, found and named before a byte is written. */
export interface ExportStock {
  stock: Inventory
  projects: ProjectItem[]
  settings: SettingsItem | undefined
  plan: TransferPlan
}

/** Settings that belong to one machine. */
const machineSettings: ReadonlySet<string> = new Set(['vm.qemu', 'vm.accelerator', 'tunnel.port'])

/** Finds what an export would take along. @throws CoveError `transfer.not-found`. */
export async function planExport({ settings, dockerOptions, site }: ExportSource, { selection, withEnv }: ExportRequest): Promise<ExportStock> {
  const stock = site ? await takeStock(site.docker, selection) : { images: [], volumes: [], networks: [], projects: [], leftOut: [] }
  const leftOut: LeftOut[] = [...stock.leftOut]
  const projects: ProjectItem[] = []
  for (const project of stock.projects) {
    const read = await readProject(project, withEnv)
    projects.push(read.item)
    leftOut.push(...read.leftOut)
  }
  const chosen = selection.settings ? chooseSettings(settings, await dockerOptions.text()) : undefined
  leftOut.push(...(chosen?.leftOut ?? []))
  const items = [
    ...stock.networks.map(({ Name }) => itemOf('network', Name)),
    ...stock.volumes.map(volumeItem),
    ...stock.images.flatMap(imageItems),
    ...projects.map(({ name, files }) => ({ ...itemOf('project', name), note: files.length === 0 ? 'none of its files was found' : files.map((file) => file.name).join(', ') })),
    ...settingItems(chosen?.item),
  ]
  return { stock, projects, settings: chosen?.item, plan: { items, leftOut } }
}

function itemOf(kind: TransferItem['kind'], name: string, bytes: number | null = null): TransferItem {
  return { kind, name, bytes, action: 'copy', as: null, note: null }
}

function volumeItem(chosen: ChosenVolume): TransferItem {
  const { volume, bytes } = chosen
  if (isElsewhere(volume)) return { ...itemOf('volume', volume.Name), note: 'its definition only: the contents lie elsewhere' }
  return { ...itemOf('volume', volume.Name, bytes), note: inUseNote(chosen) }
}

function imageItems({ detail, tags }: ChosenImage): TransferItem[] {
  const names = tags.length > 0 ? tags : [detail.Id.slice(7, 19)]
  // A second name costs nothing.
  return names.map((name, index) => itemOf('image', name, index === 0 ? detail.Size : 0))
}

function settingItems(settings: SettingsItem | undefined): TransferItem[] {
  const names = [...Object.keys(settings?.values ?? {}), ...(settings?.dockerOptions === undefined ? [] : [dockerOptionsName])]
  return names.map((name) => itemOf('setting', name))
}

/** What differs from the defaults, without what belongs to this machine or holds a secret. */
function chooseSettings(settings: SettingsFile, options: string): { item: SettingsItem; leftOut: LeftOut[] } {
  const leftOut: LeftOut[] = []
  const item: SettingsItem = { kind: 'settings', values: {} }
  for (const { name, value, isSet } of settings.list()) {
    if (!isSet) continue
    const text = JSON.stringify({ [name]: value })
    if (machineSettings.has(name)) leftOut.push({ what: `setting ${name}`, why: 'it belongs to this machine' })
    else if (redact(text) !== text) leftOut.push({ what: `setting ${name}`, why: 'it holds a secret' })
    else item.values[name] = value
  }
  if (redact(options) !== options) leftOut.push({ what: `setting ${dockerOptionsName}`, why: 'it holds a secret' })
  else if (options.trim() !== '') item.dockerOptions = options
  return { item, leftOut }
}

/** How many bytes are going to be read, about: what images share is read once. */
function totalOf({ images, volumes }: Inventory): number {
  const ofVolumes = volumes.reduce((sum, { volume, bytes }) => sum + (isElsewhere(volume) ? 0 : (bytes ?? 0)), 0)
  return images.reduce((sum, { detail }) => sum + detail.Size, ofVolumes)
}

/** Writes an archive. @throws CoveError `file.unwritable`, `disk.no-space`, and what Docker or the tunnel says. */
export async function writeExport(source: ExportSource, found: ExportStock, { path, overwrite, report }: { path: string; overwrite: boolean; report: Report }): Promise<{ bytes: number; sha256: string }> {
  requireWritable(path, overwrite)
  report.plan(found.plan)
  report.phase('copy', totalOf(found.stock))
  await using writer = await ArchiveWriter.create(path)
  const done = (item: TransferItem): void => report.item(item)
  for (const network of found.stock.networks) {
    writer.add({ kind: 'network', name: network.Name, definition: networkDefinition(network) })
    done(itemOf('network', network.Name))
  }
  if (source.site) {
    const { docker, reach } = source.site
    for (const chosen of found.stock.volumes) done(await writeVolume({ writer, report, reach }, chosen))
    for (const group of groupByLayers(found.stock.images)) for (const item of await writeImages({ writer, report, docker }, group)) done(item)
  }
  for (const project of found.projects) {
    writer.add(project)
    done(itemOf('project', project.name))
  }
  if (found.settings) writer.add(found.settings)
  for (const item of settingItems(found.settings)) done(item)
  return await writer.finish()
}

async function writeVolume({ writer, report, reach }: { writer: ArchiveWriter; report: Report; reach: VolumeReach }, chosen: ChosenVolume): Promise<TransferItem> {
  const { Name: name, Options: options, Labels: labels } = chosen.volume
  const tar = isElsewhere(chosen.volume) ? undefined : checkedVolumeTar(reach.read(name), name)
  const content = tar ? await writer.addContent(tar, (bytes) => report.moved(`volume ${name}`, bytes)) : null
  writer.add({ kind: 'volume', name, options, labels, content })
  return { ...volumeItem(chosen), bytes: content?.bytes ?? null }
}

async function writeImages({ writer, report, docker }: { writer: ArchiveWriter; report: Report; docker: DockerObjects }, group: ChosenImage[]): Promise<TransferItem[]> {
  const images = group.map(offeredImage).map((image) => ({ ...image, tags: image.tags.filter((tag) => imageTag.safeParse(tag).success) }))
  let saved: SavedImage[] = []
  const tar = observedImageTar(await docker.saveImages(saveNames(images)), (list) => (saved = list))
  const current = saveNames(images).join(', ')
  const content = await writer.addContent(tar, (bytes) => report.moved(current, bytes))
  const parts = matchSaved(images, saved)
  writer.add({
    kind: 'images',
    images: images.map((image) => {
      const { Config = '', Layers = [] } = parts.get(image) ?? {}
      return { ...image, saved: { Config, Layers } }
    }),
    content,
  })
  return group.flatMap(imageItems)
}

/** @throws CoveError `usage.invalid`, `file.unwritable`. */
function requireWritable(path: string, overwrite: boolean): void {
  if (!isAbsolute(path)) throw new CoveError('usage.invalid', { message: `"${path}" is not an absolute path` })
  if (!overwrite && existsSync(path)) throw new CoveError('file.unwritable', { message: `"${path}" exists already`, about: { path }, hint: 'Name another file, or replace it with --force.' })
}
