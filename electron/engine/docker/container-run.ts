import { z } from 'zod'
import type { PortWish, RunSpec } from '#contract/container-run.ts'
import type { Inspection } from './container-detail.ts'

const mebibyte = 1024 ** 2

/** Docker's body of `POST /containers/create`. */
export function createBody(spec: RunSpec): Record<string, unknown> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {}
  for (const port of spec.ports) (bindings[portKey(port)] ??= []).push({ HostIp: port.hostIp, HostPort: port.hostPort === null ? '' : String(port.hostPort) })
  return {
    Image: spec.image,
    ...(spec.command === null ? {} : { Cmd: spec.command }),
    ...(spec.entrypoint === null ? {} : { Entrypoint: spec.entrypoint }),
    Env: spec.env.map(({ name, value }) => `${name}=${value}`),
    ExposedPorts: Object.fromEntries(Object.keys(bindings).map((key) => [key, {}])),
    Labels: spec.labels,
    ...given('Hostname', spec.hostname),
    ...given('User', spec.user),
    ...given('WorkingDir', spec.workingDir),
    Tty: spec.hasTty,
    OpenStdin: spec.hasTty,
    HostConfig: hostConfig(spec, bindings),
  }
}

function hostConfig(spec: RunSpec, bindings: Record<string, unknown>): Record<string, unknown> {
  return {
    PortBindings: bindings,
    // Not `Mounts`: like docker run -v, Binds makes a host folder that is missing.
    Binds: spec.mounts.filter(({ type }) => type !== 'tmpfs').map((mount) => (mount.source === '' ? mount.target : `${mount.source}:${mount.target}${mount.isReadOnly ? ':ro' : ''}`)),
    Tmpfs: Object.fromEntries(spec.mounts.filter(({ type }) => type === 'tmpfs').map(({ target, isReadOnly }) => [target, isReadOnly ? 'ro' : ''])),
    RestartPolicy: { Name: spec.restart },
    AutoRemove: spec.isRemovedAtEnd,
    Privileged: spec.isPrivileged,
    ...(spec.hasInit ? { Init: true } : {}),
    ...given('NetworkMode', spec.network),
    ...(spec.cpus === null ? {} : { NanoCpus: Math.round(spec.cpus * 1e9) }),
    ...(spec.memoryMiB === null ? {} : { Memory: spec.memoryMiB * mebibyte }),
  }
}

/** The words of the `docker run` that does the same, the first two included. */
export function runWords(spec: RunSpec): string[] {
  const { entrypoint } = spec
  const option = (name: string, value: string | number | null): string[] => (value === null || value === '' ? [] : [name, String(value)])
  const command = [...(entrypoint?.slice(1) ?? []), ...(spec.command ?? [])]
  return [
    'docker',
    'run',
    '-d',
    ...(spec.isRemovedAtEnd ? ['--rm'] : []),
    ...(spec.hasTty ? ['-it'] : []),
    ...(spec.hasInit ? ['--init'] : []),
    ...(spec.isPrivileged ? ['--privileged'] : []),
    ...option('--name', spec.name),
    ...option('--platform', spec.platform),
    ...option('--hostname', spec.hostname),
    ...option('--user', spec.user),
    ...option('--workdir', spec.workingDir),
    ...option('--network', spec.network),
    ...option('--cpus', spec.cpus),
    ...option('--memory', spec.memoryMiB === null ? null : `${spec.memoryMiB}m`),
    ...option('--restart', spec.restart === 'no' ? null : spec.restart),
    ...spec.ports.flatMap((port) => ['-p', portWord(port)]),
    ...spec.mounts.flatMap(mountWords),
    ...spec.env.flatMap(({ name, value }) => ['-e', `${name}=${value}`]),
    ...Object.entries(spec.labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
    ...(entrypoint === null ? [] : ['--entrypoint', entrypoint[0] ?? '']),
    spec.image,
    ...command,
  ]
}

/** Words as a line for a POSIX shell. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`)).join(' ')
}

function portKey({ containerPort, protocol }: PortWish): string {
  return `${containerPort}/${protocol}`
}

function portWord({ hostIp, hostPort, containerPort, protocol }: PortWish): string {
  const address = hostIp === '' ? '' : `${hostIp.includes(':') ? `[${hostIp}]` : hostIp}:`
  const host = hostPort === null ? (address === '' ? '' : `${address}:`) : `${address}${hostPort}:`
  return `${host}${containerPort}${protocol === 'tcp' ? '' : `/${protocol}`}`
}

function mountWords({ type, source, target, isReadOnly }: RunSpec['mounts'][number]): string[] {
  if (type === 'tmpfs') return ['--tmpfs', isReadOnly ? `${target}:ro` : target]
  return ['-v', source === '' ? target : `${source}:${target}${isReadOnly ? ':ro' : ''}`]
}

function given(name: string, value: string | null): Record<string, string> {
  return value === null || value === '' ? {} : { [name]: value }
}

const words = z.array(z.string()).nullish()
const Made = z.object({
  Config: z.object({ Image: z.string(), Cmd: words, Entrypoint: words, Env: words, Labels: z.record(z.string(), z.string()).nullish(), Hostname: z.string().default(''), User: z.string().default(''), WorkingDir: z.string().default(''), Tty: z.boolean().default(false) }),
  HostConfig: z.object({
    PortBindings: z.record(z.string(), z.array(z.object({ HostIp: z.string().default(''), HostPort: z.string().default('') })).nullish()).nullish(),
    NetworkMode: z.string().default(''),
    NanoCpus: z.number().default(0),
    Memory: z.number().default(0),
    RestartPolicy: z.object({ Name: z.string().default('no') }).nullish(),
    AutoRemove: z.boolean().default(false),
    Privileged: z.boolean().default(false),
    Init: z.boolean().nullish(),
  }),
})

/** What its image brings by itself. */
export const ImageDefaults = z.object({ Config: z.object({ Env: words, Cmd: words, Entrypoint: words, User: z.string().nullish(), WorkingDir: z.string().nullish(), Labels: z.record(z.string(), z.string()).nullish() }).partial().nullish() })
export type ImageDefaults = z.infer<typeof ImageDefaults>

/** What would make another container like this one; what its image brings is left to the image. */
export function specOf(inspection: Inspection, image: ImageDefaults | undefined): RunSpec {
  const { Config: config, HostConfig: host } = Made.parse(inspection)
  const own = image?.Config ?? {}
  const inherited = new Set(own.Env ?? [])
  const same = (a: readonly string[] | null | undefined, b: readonly string[] | null | undefined): boolean => JSON.stringify(a ?? []) === JSON.stringify(b ?? [])
  return {
    image: config.Image,
    name: null,
    entrypoint: same(config.Entrypoint, own.Entrypoint) ? null : (config.Entrypoint ?? []),
    command: same(config.Cmd, own.Cmd) ? null : (config.Cmd ?? []),
    env: (config.Env ?? []).filter((text) => !inherited.has(text)).map((text) => ({ name: text.split('=')[0] ?? '', value: text.slice(text.indexOf('=') + 1) })),
    ports: Object.entries(host.PortBindings ?? {}).flatMap(([key, bindings]) => (bindings ?? []).map((binding) => portOf(key, binding))),
    mounts: mountsOf(inspection),
    labels: Object.fromEntries(Object.entries(config.Labels ?? {}).filter(([name, value]) => own.Labels?.[name] !== value && !name.startsWith('com.docker.compose.'))),
    network: ['', 'default', 'bridge'].includes(host.NetworkMode) ? null : host.NetworkMode,
    // Docker gives a container without one the beginning of its id.
    hostname: inspection.Id.startsWith(config.Hostname) ? null : config.Hostname,
    user: config.User === (own.User ?? '') ? null : config.User,
    workingDir: config.WorkingDir === (own.WorkingDir ?? '') ? null : config.WorkingDir,
    cpus: host.NanoCpus > 0 ? host.NanoCpus / 1e9 : null,
    memoryMiB: host.Memory > 0 ? Math.max(6, Math.round(host.Memory / mebibyte)) : null,
    restart: z.enum(['no', 'on-failure', 'always', 'unless-stopped']).catch('no').parse(host.RestartPolicy?.Name),
    hasTty: config.Tty,
    hasInit: host.Init === true,
    isPrivileged: host.Privileged,
    isRemovedAtEnd: host.AutoRemove,
    platform: null,
  }
}

function portOf(key: string, { HostIp: hostIp, HostPort: port }: { HostIp: string; HostPort: string }): PortWish {
  const [containerPort, protocol] = key.split('/')
  const hostPort = Number(port)
  return { hostIp, hostPort: hostPort > 0 ? hostPort : null, containerPort: Number(containerPort), protocol: z.enum(['tcp', 'udp', 'sctp']).catch('tcp').parse(protocol) }
}

function mountsOf({ Mounts: mounts }: Inspection): RunSpec['mounts'] {
  return (mounts ?? []).flatMap(({ Type: type, Name: name, Source: source, Destination: target, RW: isWritable }): RunSpec['mounts'] => {
    const isReadOnly = !isWritable
    if (type === 'tmpfs') return [{ type, source: '', target, isReadOnly }]
    if (type === 'bind') return [{ type, source: source ?? '', target, isReadOnly }]
    // A volume without a name of its own is another container's; a new one gets another.
    return type === 'volume' ? [{ type, source: /^[0-9a-f]{64}$/.test(name ?? '') ? '' : (name ?? ''), target, isReadOnly }] : []
  })
}
