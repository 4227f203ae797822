import type { OptionsProblem } from '#contract/daemon.ts'
import type { DaemonOptions } from './daemon-options.ts'
import { lineOfSyntaxError, memberLines } from './option-lines.ts'

/** What a text of the user's says, or what is wrong with it. */
export type ReadOptions = { options: DaemonOptions; problems: [] } | { options: undefined; problems: OptionsProblem[] }

const lost = 'Cove would lose Docker with it'
const hidden = 'images and containers would seem gone'
/** Options that are not the user's to set, and why. */
const reserved: Readonly<Record<string, string>> = {
  hosts: lost,
  group: lost,
  tls: lost,
  tlsverify: lost,
  tlscacert: lost,
  tlscert: lost,
  tlskey: lost,
  pidfile: lost,
  containerd: lost,
  'containerd-namespace': lost,
  'containerd-plugin-namespace': lost,
  'exec-root': lost,
  'data-root': hidden,
  graph: hidden,
  'storage-driver': `${hidden}; the setting docker.imageStore chooses`,
  'insecure-registries': 'the setting registry.insecure is for that',
  proxies: 'the settings proxy.http, proxy.https and proxy.exclude are for that',
  ip: 'the setting port.bind is for that',
  'host-gateway-ip': 'host.docker.internal would lead nowhere',
  'host-gateway-ips': 'host.docker.internal would lead nowhere',
  bridge: 'published ports would lead nowhere',
  iptables: 'published ports would lead nowhere',
  ip6tables: 'published ports would lead nowhere',
  'ip-forward': 'published ports would lead nowhere',
  'userland-proxy': 'published ports would lead nowhere',
  'userland-proxy-path': 'published ports would lead nowhere',
  'swarm-default-advertise-addr': 'swarms would find no address',
}

/** Reads the user's options as far as that can be done without Docker; an empty text has none. */
export function readUserOptions(text: string): ReadOptions {
  if (text.trim() === '') return { options: {}, problems: [] }
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return refused([{ line: lineOfSyntaxError(text), key: null, message: `this is no JSON: ${message}` }])
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return refused([{ line: 1, key: null, message: 'this is no JSON object: { "option": value, … }' }])
  const options = parsed as DaemonOptions
  const { lines, twice } = memberLines(text)
  const at = (key: string): number | null => lines.get(key) ?? null
  const problems: OptionsProblem[] = twice.map((key) => ({ line: at(key), key, message: `"${key}" is there twice` }))
  for (const key of Object.keys(options)) {
    if (Object.hasOwn(reserved, key)) problems.push({ line: at(key), key, message: `"${key}" cannot be set here: ${reserved[key]}` })
  }
  const { features } = options
  if (typeof features === 'object' && features !== null && 'containerd-snapshotter' in features) problems.push({ line: at('features'), key: 'features', message: '"containerd-snapshotter" cannot be set here: the setting docker.imageStore is for that' })
  return problems.length > 0 ? refused(problems) : { options, problems: [] }
}

function refused(problems: OptionsProblem[]): ReadOptions {
  return { options: undefined, problems }
}

/** The user's options below Cove's own; features are both's. */
export function mergeOptions(user: DaemonOptions, own: DaemonOptions): DaemonOptions {
  const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)
  const features = isObject(user['features']) && isObject(own['features']) ? { features: { ...user['features'], ...own['features'] } } : {}
  return { ...user, ...own, ...features }
}

/** What dockerd said of a file that it refuses, at the option that it names. */
export function problemOfDocker(text: string, said: string): OptionsProblem {
  const message = (said.trim().split('\n').findLast((line) => line.trim() !== '') ?? 'Docker refused it').replace(/^.*with file \S+: /, '').slice(0, 1000)
  const { lines } = memberLines(text)
  const words = new Set(message.toLowerCase().split(/[^\w-]+/))
  const key = [...lines.keys()].find((name) => words.has(name.toLowerCase())) ?? [...lines.keys()].find((name) => words.has(name.toLowerCase().replaceAll('-', ''))) ?? null
  return { line: key === null ? null : lines.get(key)!, key, message }
}
