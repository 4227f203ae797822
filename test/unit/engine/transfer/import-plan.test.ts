import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ConflictPolicy } from '#contract/transfer.ts'
import type { DockerObjects } from '#engine/docker/docker-objects.ts'
import type { ImageDetail, Network, Volume } from '#engine/docker/docker-shapes.ts'
import { SettingsFile } from '#engine/settings/settings-file.ts'
import { imageFingerprint, networkDefinition } from '#engine/transfer/fingerprint.ts'
import { freeName, itemsOf, planImport, type Present } from '#engine/transfer/import-plan.ts'
import type { Offer, OfferedImages, OfferedVolume } from '#engine/transfer/offer.ts'
import { tempHome } from '../../base/temp-dir.ts'

const network = (name: string, more: Partial<Network> = {}): Network => ({
  Id: `id-${name}`, Name: name, Scope: 'local', Driver: 'bridge', EnableIPv6: false, Internal: false, Attachable: false, Ingress: false,
  IPAM: { Driver: 'default', Options: {}, Config: [{ Subnet: '10.1.0.0/24' }] }, Options: {}, Labels: {}, ...more,
})
const volume = (Name: string, Options = {}): Volume => ({ Name, Driver: 'local', Mountpoint: '', Labels: {}, Options, Scope: 'local' })
const image = (id: string, ...tags: string[]): ImageDetail => ({ Id: `sha256:${id.repeat(64)}`, RepoTags: tags, Architecture: 'amd64', Os: 'linux', Size: 10, RootFS: { Layers: [`sha256:${id}`] } })
const offeredVolume = (name: string, more: Partial<OfferedVolume> = {}): OfferedVolume => ({ kind: 'volume', name, options: {}, labels: {}, bytes: 5, origin: 'sha256:x', note: null, open: async function* () {}, ...more })
const offeredImages = (...images: ImageDetail[]): OfferedImages => ({
  kind: 'images',
  images: images.map((one) => ({ id: one.Id, tags: one.RepoTags, bytes: one.Size, fingerprint: imageFingerprint(one), architecture: one.Architecture })),
  open: async function* () {},
  idsAfter: () => new Map(),
})

interface Here {
  networks?: Network[]
  volumes?: Volume[]
  origins?: Record<string, string>
  images?: ImageDetail[]
  digest?: string
  projectsDir?: string | null
  settings?: Record<string, string>
  dockerOptions?: string
}

async function plan(offers: Offer[], policy: ConflictPolicy, here: Here = {}): Promise<string[]> {
  await using home = tempHome()
  mkdirSync(home.paths.home, { recursive: true })
  const settings = await SettingsFile.open(home.paths.settingsFile)
  for (const [name, value] of Object.entries(here.settings ?? {})) await settings.set(name, value)
  const images = here.images ?? []
  const docker = { image: async (name: string) => images.find(({ Id, RepoTags }) => Id === name || RepoTags.includes(name)) } as unknown as DockerObjects
  const { digest } = here
  const present: Present = {
    docker,
    volumes: new Map((here.volumes ?? []).map((one) => [one.Name, one])),
    origins: new Map(Object.entries(here.origins ?? {})),
    networks: here.networks ?? [],
    architecture: 'amd64',
    settings,
    dockerOptions: here.dockerOptions ?? '',
    projectsDir: here.projectsDir ?? null,
    ...(digest === undefined ? {} : { digestOf: async () => digest }),
  }
  return itemsOf(await planImport(offers, present, policy)).map(({ kind, name, action, as }) => `${kind} ${name} ${action}${as === null ? '' : ` ${as}`}`)
}

test('what is not here is copied, whatever the policy', async () => {
  const offers: Offer[] = [{ kind: 'network', name: 'n', definition: networkDefinition(network('n')) }, offeredVolume('v'), offeredImages(image('a', 'i:1', 'i:2'), image('b'))]
  for (const policy of ['fail', 'skip', 'replace', 'rename'] as const) {
    expect(await plan(offers, policy)).toEqual(['network n copy', 'volume v copy', 'image i:1 copy', 'image i:2 copy', `image ${'b'.repeat(12)} copy`])
  }
})

test.each([
  ['fail', 'conflict', ''],
  ['skip', 'skip', ''],
  ['replace', 'replace', ''],
  ['rename', 'rename', '-imported'],
] as const)('what is here and differs: %s', async (policy, action, suffix) => {
  const as = (name: string): string => (suffix === '' ? '' : ` ${name}${suffix}`)
  expect(await plan([{ kind: 'network', name: 'n', definition: networkDefinition(network('n')) }], policy, { networks: [network('n', { Internal: true })] })).toEqual([`network n ${action}${as('n')}`])
  expect(await plan([offeredVolume('v')], policy, { volumes: [volume('v')] })).toEqual([`volume v ${action}${as('v')}`])
  expect(await plan([offeredImages(image('a', 'i:1', 'new:1'))], policy, { images: [image('b', 'i:1')] })).toEqual([`image i:1 ${action}${as('i:1')}`, 'image new:1 copy'])
})

test('what is here and the same is left alone', async () => {
  expect(await plan([{ kind: 'network', name: 'n', definition: networkDefinition(network('n')) }], 'fail', { networks: [network('n')] })).toEqual(['network n present'])
  expect(await plan([offeredImages(image('a', 'i:1', 'i:2'))], 'fail', { images: [image('a', 'i:1')] })).toEqual(['image i:1 present', 'image i:2 copy'])
  expect(await plan([offeredImages(image('a'))], 'fail', { images: [image('a', 'other:1')] })).toEqual([`image ${'a'.repeat(12)} present`])
  expect(await plan([offeredVolume('v')], 'fail', { volumes: [volume('v')], origins: { v: 'sha256:x' } })).toEqual(['volume v present'])
  expect(await plan([offeredVolume('v')], 'fail', { volumes: [volume('v')], digest: 'sha256:x' })).toEqual(['volume v present'])
  expect(await plan([offeredVolume('v')], 'fail', { volumes: [volume('v')], digest: 'sha256:y' })).toEqual(['volume v conflict'])
})

test('an image of another kind of store, whose id is another, is known by what it is', async () => {
  const here = { ...image('a', 'i:1'), Id: `sha256:${'f'.repeat(64)}` }
  expect(await plan([offeredImages(image('a', 'i:1'))], 'fail', { images: [here] })).toEqual(['image i:1 present'])
})

test('contents imported before are replaced when that is asked for, unless they are still the same', async () => {
  const here = { volumes: [volume('v')], origins: { v: 'sha256:x' } }
  expect(await plan([offeredVolume('v')], 'replace', { ...here, digest: 'sha256:changed' })).toEqual(['volume v replace'])
  expect(await plan([offeredVolume('v')], 'replace', { ...here, digest: 'sha256:x' })).toEqual(['volume v present'])
})

test('an import that renamed is known again', async () => {
  const here = { volumes: [volume('v'), volume('v-imported'), volume('v-imported-2')], origins: { 'v-imported-2': 'sha256:x' } }
  expect(await plan([offeredVolume('v')], 'rename', here)).toEqual(['volume v present v-imported-2'])
  expect(await plan([offeredImages(image('a', 'i:1'))], 'rename', { images: [image('b', 'i:1'), image('a', 'i:1-imported')] })).toEqual(['image i:1 present i:1-imported'])
})

test('a network with only other addresses is the same: Docker chose them', async () => {
  const other = network('n', { IPAM: { Driver: 'default', Options: {}, Config: [{ Subnet: '10.2.0.0/24' }] } })
  expect(await plan([{ kind: 'network', name: 'n', definition: networkDefinition(network('n')) }], 'fail', { networks: [other] })).toEqual(['network n present'])
})

test('a volume without contents of its own is compared by its options', async () => {
  const nfs = { type: 'nfs', device: ':/x' }
  const offer = offeredVolume('v', { options: nfs, open: null, bytes: null })
  expect(await plan([offer], 'fail', { volumes: [volume('v', nfs)] })).toEqual(['volume v present'])
  expect(await plan([offer], 'fail', { volumes: [volume('v')] })).toEqual(['volume v conflict'])
})

test('settings: unknown and invalid ones are skipped, one that is set to something else is a conflict and cannot be renamed', async () => {
  const offers: Offer[] = [{ kind: 'settings', values: { 'vm.cpus': 4, 'vm.memoryMiB': 4096, 'log.level': 'shout', 'no.such': true } }]
  const settings = { 'vm.cpus': '3' }
  const rest = ['setting vm.memoryMiB copy', 'setting log.level skip', 'setting no.such skip']
  expect(await plan(offers, 'fail', { settings })).toEqual(['setting vm.cpus conflict', ...rest])
  expect(await plan(offers, 'rename', { settings })).toEqual(['setting vm.cpus conflict', ...rest])
  expect(await plan(offers, 'replace', { settings })).toEqual(['setting vm.cpus replace', ...rest])
  expect(await plan(offers, 'fail', { settings: { 'vm.cpus': '4' } })).toEqual(['setting vm.cpus present', ...rest])
})

test("Docker's options: others are a conflict and cannot be renamed, those that Cove keeps for itself are skipped", async () => {
  const offer = (dockerOptions: string): Offer[] => [{ kind: 'settings', values: {}, dockerOptions }]
  const offers = offer('{"debug": true}')
  expect(await plan(offers, 'fail')).toEqual(['setting daemon.json copy'])
  expect(await plan(offers, 'replace', { dockerOptions: '{"debug": true}\n' })).toEqual(['setting daemon.json present'])
  const others = { dockerOptions: '{"labels": []}' }
  expect(await plan(offers, 'fail', others)).toEqual(['setting daemon.json conflict'])
  expect(await plan(offers, 'rename', others)).toEqual(['setting daemon.json conflict'])
  expect(await plan(offers, 'replace', others)).toEqual(['setting daemon.json replace'])
  expect(await plan(offer('{"hosts": ["tcp://0.0.0.0"]}'), 'replace', others)).toEqual(['setting daemon.json skip'])
  expect(await plan(offer('{'), 'replace')).toEqual(['setting daemon.json skip'])
})

test("a project's folder that is there is a conflict", async () => {
  await using home = tempHome()
  mkdirSync(join(home.paths.home, 'shop'), { recursive: true })
  const offers: Offer[] = [{ kind: 'project', name: 'shop', files: [{ name: 'compose.yaml', text: '' }], workingDir: null, imageIds: [] }]
  expect(await plan(offers, 'fail', { projectsDir: home.paths.home })).toEqual(['project shop conflict'])
  expect(await plan(offers, 'rename', { projectsDir: home.paths.home })).toEqual(['project shop rename shop-imported'])
  expect(await plan([{ ...offers[0]!, files: null } as Offer], 'fail', { projectsDir: home.paths.home })).toEqual(['project shop present'])
})

test('a free name is the first that nothing has', () => {
  expect(freeName('a', () => 'free')).toEqual({ name: 'a-imported', isPresent: false })
  expect(freeName('a', (name) => (name === 'a-imported-3' ? 'same' : 'taken'))).toEqual({ name: 'a-imported-3', isPresent: true })
})
