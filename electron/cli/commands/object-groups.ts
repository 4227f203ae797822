import { askCommand } from '../ask-command.ts'
import { defineGroup } from '../declare.ts'
import { formatBytes } from '../terminal/format.ts'
import { anyText, required } from '../values.ts'

const image = required('an image: its name or id', { parse: anyText })

const imageUses = askCommand({
  name: 'uses',
  summary: 'say which containers were made from an image',
  operands: { image },
  what: 'the image',
  ask: (api, { image: id }, signal) => api.image.loss({ id }, { signal }),
  headings: ['CONTAINER', 'STATE'],
  rows: ({ usedBy }) => usedBy.map(({ name, state }) => [name, state]),
  none: 'No container uses it.',
})

const imageLayers = askCommand({
  name: 'layers',
  summary: 'list the layers of an image with what made them',
  operands: { image },
  what: 'the image',
  ask: (api, { image: id }, signal) => api.image.get({ id }, { signal }),
  headings: ['SIZE', 'MADE BY'],
  rows: ({ layers }) => layers.map(({ bytes, createdBy }) => [formatBytes(bytes), createdBy]),
  none: 'It has no layers.',
})

const imageSizes = askCommand({
  name: 'sizes',
  summary: 'say how much of each image is its own',
  what: "the images' sizes",
  ask: async (api, _operands, signal) => {
    const [images, sizes] = await Promise.all([api.image.list(undefined, { signal }), api.image.sizes(undefined, { signal })])
    return sizes.map((size) => ({ ...size, tags: images.find(({ id }) => id === size.id)?.tags ?? [] }))
  },
  headings: ['IMAGE', 'SIZE', 'SHARED WITH OTHERS'],
  rows: (sizes) => sizes.map(({ id, tags, bytes, sharedBytes }) => [tags.join(', ') || id.slice(7, 19), formatBytes(bytes), sharedBytes === null ? '' : formatBytes(sharedBytes)]),
  none: 'There are no images.',
})

/** `cove image` */
export const imageGroup = defineGroup({ name: 'image', group: 'Objects:', summary: 'what docker does not tell of images', commands: [imageUses, imageLayers, imageSizes] })

const networkMembers = askCommand({
  name: 'members',
  summary: 'list the containers on a network with their addresses',
  operands: { network: required('a network: its name or id', { parse: anyText }) },
  what: 'the network',
  ask: (api, { network: id }, signal) => api.network.get({ id }, { signal }),
  headings: ['CONTAINER', 'IPV4', 'IPV6'],
  rows: ({ members }) => members.map(({ name, ipv4, ipv6 }) => [name, ipv4, ipv6]),
  none: 'No running container is on it.',
})

/** `cove network` */
export const networkGroup = defineGroup({ name: 'network', group: 'Objects:', summary: 'what docker does not tell of networks', commands: [networkMembers] })
