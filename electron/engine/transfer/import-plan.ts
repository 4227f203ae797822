import { existsSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { join } from 'node:path'
import type { ConflictPolicy, TransferAction, TransferItem, TransferKind } from '#contract/transfer.ts'
import type { DockerObjects } from '../docker/docker-objects.ts'
import type { ImageDetail, Network, Volume } from '../docker/docker-shapes.ts'
import type { SettingsFile } from '../settings/settings-file.ts'
import { isSettingName, parseSetting } from '../settings/setting-values.ts'
import { compareNetworks, imageFingerprint, networkDefinition } from './fingerprint.ts'
import { readUserOptions } from '../registries/user-options.ts'
import { dockerOptionsName, type Offer, type OfferedImage, type OfferedImages, type OfferedNetwork, type OfferedProject, type OfferedSettings, type OfferedVolume } from './offer.ts'

/** What there is already of Docker's. */
export interface DockerPresent {
  /** Undefined when nothing of Docker's is offered. */
  docker: DockerObjects | undefined
  volumes: ReadonlyMap<string, Volume>
  /** What imported volumes were imported from. */
  origins: ReadonlyMap<string, string>
  /** The origin that a volume's present contents would have in an archive; absent where they are not to be read. */
  digestOf?: (volume: string) => Promise<string>
  networks: readonly Network[]
  architecture: string
}

/** What there is already. */
export interface Present extends DockerPresent {
  settings: SettingsFile
  /** Docker's options of the user's own, as they were written. */
  dockerOptions: string
  /** Null when projects are only looked at. */
  projectsDir: string | null
}

/** One offer with what becomes of each thing in it. */
export type Step =
  | { offer: OfferedImages; images: ImageStep[] }
  | { offer: OfferedVolume | OfferedNetwork | OfferedProject; item: TransferItem }
  | { offer: OfferedSettings; items: TransferItem[] }

/** An image with a step for each of its tags, or one for itself when it has none. */
export interface ImageStep {
  image: OfferedImage
  /** The same image when it is here already. */
  present: ImageDetail | undefined
  tags: { tag: string | null; item: TransferItem }[]
}

/** Decides what becomes of every offer; changes nothing. */
export async function planImport(offers: readonly Offer[], present: Present, policy: ConflictPolicy): Promise<Step[]> {
  const steps: Step[] = []
  for (const offer of offers) steps.push(await planOffer(offer, present, policy))
  return steps
}

/** Every thing of a plan. */
export function itemsOf(steps: readonly Step[]): TransferItem[] {
  return steps.flatMap((step) => ('images' in step ? step.images.flatMap(({ tags }) => tags.map(({ item }) => item)) : 'items' in step ? step.items : [step.item]))
}

async function planOffer(offer: Offer, present: Present, policy: ConflictPolicy): Promise<Step> {
  switch (offer.kind) {
    case 'network':
      return { offer, item: planNetwork(offer, present, policy) }
    case 'volume':
      return { offer, item: await planVolume(offer, present, policy) }
    case 'images':
      return { offer, images: await Promise.all(offer.images.map((image) => planImage(image, present, policy))) }
    case 'project':
      return { offer, item: planProject(offer, present, policy) }
    case 'settings':
      return { offer, items: planSettings(offer, present, policy) }
  }
}

function newItem(kind: TransferKind, name: string, more: Partial<TransferItem> = {}): TransferItem {
  return { kind, name, bytes: null, action: 'copy', as: null, note: null, ...more }
}

/** A name to give to what is renamed, and whether it is there under that name already. */
interface Free {
  name: string
  isPresent: boolean
}

/** What a policy makes of a conflict. */
function decide(item: TransferItem, policy: ConflictPolicy, free: Free | undefined): TransferItem {
  if (policy === 'rename' && free?.isPresent) return { ...item, action: 'present', as: free.name, note: 'imported before' }
  const actions: Record<ConflictPolicy, TransferAction> = { fail: 'conflict', skip: 'skip', replace: 'replace', rename: free ? 'rename' : 'conflict' }
  const action = actions[policy]
  return { ...item, action, as: action === 'rename' ? (free?.name ?? null) : null }
}

/** `NAME-imported`, or with a number where that is taken by something else. */
export function freeName(name: string, look: (name: string) => 'free' | 'same' | 'taken'): Free {
  for (let number = 1; ; number++) {
    const candidate = candidateName(name, number)
    const found = look(candidate)
    if (found !== 'taken') return { name: candidate, isPresent: found === 'same' }
  }
}

function candidateName(name: string, number: number): string {
  return `${name}-imported${number === 1 ? '' : `-${number}`}`
}

function planNetwork({ name, definition }: OfferedNetwork, { networks }: Present, policy: ConflictPolicy): TransferItem {
  const item = newItem('network', name)
  const compare = (candidate: string): (ReturnType<typeof compareNetworks>)[] =>
    networks.filter((network) => network.Name === candidate).map((network) => compareNetworks(definition, networkDefinition(network)))
  const compared = compare(name)
  if (compared.length === 0) return item
  if (compared.includes('same')) return { ...item, action: 'present' }
  if (compared.includes('other-addresses')) return { ...item, action: 'present', note: 'with another range of addresses' }
  return decide(item, policy, freeName(name, (candidate) => {
    const there = compare(candidate)
    return there.length === 0 ? 'free' : there.every((one) => one === 'different') ? 'taken' : 'same'
  }))
}

async function planVolume({ name, bytes, note, origin, options, open }: OfferedVolume, { volumes, origins, digestOf }: Present, policy: ConflictPolicy): Promise<TransferItem> {
  const item = newItem('volume', name, { bytes, note: open ? note : 'its definition only: the contents lie elsewhere' })
  const look = (candidate: string): 'free' | 'same' | 'taken' => {
    const there = volumes.get(candidate)
    if (!there) return 'free'
    const isSame = open ? origins.get(candidate) === origin : isDeepStrictEqual(there.Options, options)
    return isSame ? 'same' : 'taken'
  }
  const found = look(name)
  if (found === 'free') return item
  if (found === 'same' && (policy !== 'replace' || !open)) return { ...item, action: 'present', note: open ? 'imported before' : item.note }
  // Unchanged since it was exported here: nothing to do, whatever the policy.
  if (open && origin.startsWith('sha256:') && (await digestOf?.(name)) === origin) return { ...item, action: 'present' }
  return decide(item, policy, freeName(name, look))
}

async function planImage(image: OfferedImage, { docker, architecture }: Present, policy: ConflictPolicy): Promise<ImageStep> {
  if (!docker) throw new Error('images are planned without a Docker')
  const isSame = (detail: ImageDetail | undefined): detail is ImageDetail => detail !== undefined && imageFingerprint(detail) === image.fingerprint
  const own = await docker.image(image.id)
  let present = isSame(own) ? own : undefined
  const note = image.architecture === '' || image.architecture === architecture ? null : `made for ${image.architecture}; here is ${architecture}`
  const tags: ImageStep['tags'] = []
  for (const tag of image.tags) {
    // A second name costs nothing.
    const item = newItem('image', tag, { bytes: tags.length === 0 ? image.bytes : 0, note })
    const holder = await docker.image(tag)
    if (isSame(holder)) present = holder
    if (!holder || isSame(holder)) tags.push({ tag, item: { ...item, action: holder ? 'present' : 'copy' } })
    else tags.push({ tag, item: decide(item, policy, policy === 'rename' ? await freeTag(docker, tag, isSame) : undefined) })
  }
  const itself = newItem('image', image.id.slice(7, 19), { bytes: image.bytes, note, action: present ? 'present' : 'copy' })
  return { image, present, tags: tags.length > 0 ? tags : [{ tag: null, item: itself }] }
}

async function freeTag(docker: DockerObjects, tag: string, isSame: (detail: ImageDetail | undefined) => boolean): Promise<Free> {
  for (let number = 1; ; number++) {
    const name = candidateName(tag, number)
    const holder = await docker.image(name)
    if (!holder || isSame(holder)) return { name, isPresent: holder !== undefined }
  }
}

function planProject({ name, files, workingDir }: OfferedProject, { projectsDir }: Present, policy: ConflictPolicy): TransferItem {
  if (files === null) return newItem('project', name, { action: 'present', note: workingDir ? `its files stay in ${workingDir}` : 'its files are not known' })
  const item = newItem('project', name, { note: files.map((file) => file.name).join(', ') || 'without files' })
  if (files.length === 0 || projectsDir === null || !existsSync(join(projectsDir, name))) return item
  return decide(item, policy, freeName(name, (candidate) => (existsSync(join(projectsDir, candidate)) ? 'taken' : 'free')))
}

function planSettings({ values, dockerOptions }: OfferedSettings, present: Present, policy: ConflictPolicy): TransferItem[] {
  const settings = Object.entries(values).map(([name, value]) => planSetting({ name, value }, present.settings, policy))
  return dockerOptions === undefined ? settings : [...settings, planDockerOptions(dockerOptions, present.dockerOptions, policy)]
}

/** Docker itself is asked when it starts with them (`OptionsFile.propose`). */
function planDockerOptions(text: string, present: string, policy: ConflictPolicy): TransferItem {
  const item = newItem('setting', dockerOptionsName, { note: 'in force once Docker has started again' })
  const [problem] = readUserOptions(text).problems
  if (problem) return { ...item, action: 'skip', note: problem.message }
  if (text.trim() === present.trim()) return { ...item, action: 'present', note: null }
  return present.trim() === '' ? item : decide(item, policy === 'rename' ? 'fail' : policy, undefined)
}

function planSetting({ name, value }: { name: string; value: unknown }, settings: SettingsFile, policy: ConflictPolicy): TransferItem {
  const item = newItem('setting', name)
  if (!isSettingName(name)) return { ...item, action: 'skip', note: 'this version of Cove has no such setting' }
  if (!parseSetting(name, value).success) return { ...item, action: 'skip', note: 'its value is none for this version of Cove' }
  const { value: now, isSet } = settings.get(name)
  if (isDeepStrictEqual(now, value)) return { ...item, action: 'present' }
  return isSet ? decide(item, policy === 'rename' ? 'fail' : policy, undefined) : item
}
