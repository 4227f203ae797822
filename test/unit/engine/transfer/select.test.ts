import { expect, test } from 'vitest'
import { matches, requireFound, withTag } from '#engine/transfer/select.ts'
import { groupByLayers } from '#engine/transfer/docker-origin.ts'
import { selectOffers, type Offer } from '#engine/transfer/offer.ts'

test('names match as they are, patterns with a star for any text', () => {
  expect(matches('shop_db', ['shop_db'])).toBe(true)
  expect(matches('shop_db', ['shop*'])).toBe(true)
  expect(matches('a/b/c:1', ['a/*:1'])).toBe(true)
  expect(matches('shop_db', ['shop', 'db', 'shop.db', '*x'])).toBe(false)
  expect(matches('a.b', ['a.*'])).toBe(true)
  expect(matches('axb', ['a.b', 'a.*'])).toBe(false)
})

test('a reference without a tag means latest, as for docker', () => {
  expect(['a', 'a:1', 'host:5000/a', 'host:5000/a:1', 'a*', 'a@sha256:x'].map(withTag)).toEqual(['a:latest', 'a:1', 'host:5000/a:latest', 'host:5000/a:1', 'a*', 'a@sha256:x'])
})

test('a name that nothing has is an error, a pattern that nothing matches is not', () => {
  expect(() => requireFound('volume', ['x', 'y*', 'z'], (name) => name === 'x')).toThrow('there is no volume "z"')
})

const none = { networks: [], volumes: [], images: [], projects: [], settings: false }
const labels = (project: string): Record<string, string> => ({ 'com.docker.compose.project': project })

function offers(): Offer[] {
  const definition = { driver: 'bridge', isIPv6: false, isInternal: false, isAttachable: false, ipam: { driver: 'default', options: {}, ranges: [] }, options: {}, labels: labels('shop') }
  const image = (id: string, ...tags: string[]) => ({ id: `sha256:${id.repeat(64)}`, tags, bytes: 1, fingerprint: '', architecture: '' })
  const volume = (name: string, of: Record<string, string>): Offer => ({ kind: 'volume', name, options: {}, labels: of, bytes: 1, origin: '', note: null, open: null })
  return [
    { kind: 'network', name: 'shop_default', definition },
    volume('shop_db', labels('shop')),
    volume('other', {}),
    { kind: 'images', images: [image('a', 'shop:1', 'shop:2'), image('b', 'other:1')], open: async function* () {}, idsAfter: () => new Map() },
    { kind: 'project', name: 'shop', files: [], workingDir: null, imageIds: [`sha256:${'a'.repeat(64)}`] },
    { kind: 'settings', values: {} },
  ]
}

const named = (chosen: Offer[]): string[] => chosen.flatMap((offer) => (offer.kind === 'images' ? offer.images.flatMap(({ tags }) => tags) : 'name' in offer ? [offer.name] : [offer.kind]))

test('a project brings its volumes, networks and images; a tag only itself; an id every tag', () => {
  expect(named(selectOffers(offers(), { ...none, projects: ['shop'] }))).toEqual(['shop_default', 'shop_db', 'shop:1', 'shop:2', 'shop'])
  expect(named(selectOffers(offers(), { ...none, images: ['shop:2'] }))).toEqual(['shop:2'])
  expect(named(selectOffers(offers(), { ...none, images: ['aaaaaaaaaaaa'] }))).toEqual(['shop:1', 'shop:2'])
  expect(named(selectOffers(offers(), { ...none, settings: true, volumes: ['o*'] }))).toEqual(['other', 'settings'])
  expect(() => selectOffers(offers(), { ...none, images: ['shop'] })).toThrow('there is no image "shop"')
})

test('images that share a layer come in one group, also by way of a third', () => {
  const image = (...layers: string[]) => ({ tags: [layers.join('')], detail: { Id: '', RepoTags: [], Architecture: '', Os: '', Size: 0, RootFS: { Layers: layers } } })
  const groups = groupByLayers([image('a'), image('b'), image('c'), image('a', 'c'), image('d')])
  expect(groups.map((group) => group.map(({ tags }) => tags[0]))).toEqual([['b'], ['a', 'c', 'ac'], ['d']])
})
