import type { MountWish, RunSpec, RunSpecInput } from '#contract/container-run.ts'

/** What the form of a run holds: text as it is typed. */
export interface RunDraft {
  image: string
  name: string
  command: string
  ports: { host: string; container: string; protocol: 'tcp' | 'udp' | 'sctp' }[]
  env: { name: string; value: string }[]
  mounts: { source: string; target: string; isReadOnly: boolean }[]
  network: string
  restart: 'no' | 'on-failure' | 'always' | 'unless-stopped'
  cpus: string
  memoryMiB: string
  hasTty: boolean
  hasInit: boolean
  isRemovedAtEnd: boolean
  /** Variables whose values are shown only when asked for. */
  secrets: readonly string[]
  /** What the form does not show, kept from the container that was cloned. */
  rest: Partial<RunSpec>
}

/** An empty form. */
export const emptyDraft: RunDraft = { image: '', name: '', command: '', ports: [], env: [], mounts: [], network: '', restart: 'no', cpus: '', memoryMiB: '', hasTty: false, hasInit: false, isRemovedAtEnd: false, secrets: [], rest: {} }

/** What a form asks for; undefined while something of it cannot be. */
export function specOf(draft: RunDraft): RunSpecInput | undefined {
  const ports = draft.ports.filter(({ container, host }) => container !== '' || host !== '').map(({ host, container, protocol }) => ({ ...hostOf(host), containerPort: portOf(container === '' ? host.split(':').at(-1)! : container), protocol }))
  const cpus = draft.cpus === '' ? null : Number(draft.cpus)
  const memoryMiB = draft.memoryMiB === '' ? null : Number(draft.memoryMiB)
  const numbers = [...ports.flatMap(({ hostPort, containerPort }) => [hostPort ?? 1, containerPort]), cpus ?? 1, memoryMiB ?? 6]
  if (draft.image.trim() === '' || numbers.some((number) => !Number.isFinite(number) || number <= 0)) return undefined
  return {
    ...draft.rest,
    image: draft.image.trim(),
    name: draft.name.trim() || null,
    command: draft.command.trim() === '' ? null : splitWords(draft.command),
    ports,
    env: draft.env.filter(({ name }) => name.trim() !== '').map(({ name, value }) => ({ name: name.trim(), value })),
    mounts: [...draft.mounts.filter(({ target }) => target.trim() !== '').map(mountOf), ...(draft.rest.mounts ?? [])],
    network: draft.network || null,
    restart: draft.restart,
    cpus,
    memoryMiB,
    hasTty: draft.hasTty,
    hasInit: draft.hasInit,
    isRemovedAtEnd: draft.isRemovedAtEnd,
  }
}

/** The form that shows a spec. */
export function draftOf(spec: RunSpec): RunDraft {
  return {
    image: spec.image,
    name: spec.name ?? '',
    command: spec.command?.map(quoteWord).join(' ') ?? '',
    ports: spec.ports.map(({ hostIp, hostPort, containerPort, protocol }) => ({ host: `${hostIp === '' ? '' : `${hostIp.includes(':') ? `[${hostIp}]` : hostIp}:`}${hostPort ?? ''}`, container: String(containerPort), protocol })),
    env: spec.env.map(({ name, value }) => ({ name, value })),
    mounts: spec.mounts.filter(({ type }) => type !== 'tmpfs').map(({ source, target, isReadOnly }) => ({ source, target, isReadOnly })),
    network: spec.network ?? '',
    restart: spec.restart,
    cpus: spec.cpus === null ? '' : String(spec.cpus),
    memoryMiB: spec.memoryMiB === null ? '' : String(spec.memoryMiB),
    hasTty: spec.hasTty,
    hasInit: spec.hasInit,
    isRemovedAtEnd: spec.isRemovedAtEnd,
    secrets: [],
    rest: { entrypoint: spec.entrypoint, labels: spec.labels, hostname: spec.hostname, user: spec.user, workingDir: spec.workingDir, isPrivileged: spec.isPrivileged, platform: spec.platform, mounts: spec.mounts.filter(({ type }) => type === 'tmpfs') },
  }
}

/** The form for another one like a container: under a name of its own, and without the ports that the first one has on this computer while it runs. */
export function copyOf(spec: RunSpec, { name, isRunning, secrets }: { name: string; isRunning: boolean; secrets: readonly string[] }): RunDraft {
  const draft = draftOf(spec)
  return { ...draft, secrets, name: `${name}-copy`, ports: isRunning ? draft.ports.map((port) => ({ ...port, host: '' })) : draft.ports }
}

/** The form with its secrets made unreadable. */
export function masked(draft: RunDraft): RunDraft {
  return { ...draft, env: draft.env.map((variable) => (draft.secrets.includes(variable.name) ? { ...variable, value: '***' } : variable)) }
}

function mountOf({ source, target, isReadOnly }: RunDraft['mounts'][number]): MountWish {
  const isFolder = source.includes('/') || /^[A-Za-z]:\\/.test(source)
  return { type: isFolder ? 'bind' : 'volume', source: source.trim(), target: target.trim(), isReadOnly }
}

/** A command line as words: quotes hold words together, a backslash takes the next character as it is. */
export function splitWords(text: string): string[] {
  const words: string[] = []
  for (const match of text.matchAll(/(?:[^\s'"\\]|\\.|'[^']*'?|"(?:[^"\\]|\\.)*"?)+/gs)) {
    words.push(match[0].replaceAll(/\\(.)|'([^']*)'?|"((?:[^"\\]|\\.)*)"?/gs, (...groups: (string | undefined)[]) => groups[1] ?? groups[2] ?? groups[3]?.replaceAll(/\\(["\\$`])/g, '$1') ?? ''))
  }
  return words
}

function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

function hostOf(text: string): { hostIp?: string; hostPort: number | null } {
  const [, ip, port] = /^(?:\[?([^\]]*?)\]?:)?(\d*)$/.exec(text.trim()) ?? [undefined, undefined, 'NaN']
  return { ...(ip === undefined || ip === '' ? {} : { hostIp: ip }), hostPort: port === '' || port === undefined ? null : portOf(port) }
}

function portOf(text: string): number {
  const port = Number(text)
  return Number.isInteger(port) && port <= 65_535 ? port : Number.NaN
}
