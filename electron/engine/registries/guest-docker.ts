import { createHash } from 'node:crypto'
import { z } from 'zod'
import { withLimit } from '#base/limit.ts'
import { changeBetween, type DaemonOptions } from './daemon-options.ts'

/** A way to run commands in the guest as root. */
export interface GuestAccess {
  /** Runs a command with this input to its end; its output. Rejects when it fails. */
  run(command: string, input: string): Promise<string>
  /** Has Docker started anew, or read its file again. */
  signalDocker(how: 'restart' | 'reload'): void
  /** Whether Docker has something to do that its end would cut off. */
  isInUse(): Promise<boolean>
}

/** What Docker in the guest is to run with. */
export interface GuestWishes {
  options: DaemonOptions
  /** The text of the guest's file of certificates to trust beside its own. */
  certificates: string
  /** The text of the guest's file of variables for builds, a JSON string a line. */
  proxyEnvironment: string
  /** What containers are given too. */
  forContainers: { certificates: boolean; proxy: boolean }
  /** Whether a proxy that Docker has and the options do not name stays. */
  keepsProxy: boolean
}

/** What came of an attempt: Docker has it, or would have to start again, which those who use it forbid. */
export type Applied = 'unchanged' | 'reloaded' | 'restarted' | 'pending'

/** The paths of resources/guest/supervisor/config.c and resources/guest/runc. */
const files = { base: '/etc/docker/daemon.json', present: '/run/cove/daemon.json', checked: '/run/cove/daemon.check', certificates: '/etc/ssl/certs/cove-host.pem', proxyEnvironment: '/run/cove/proxy-env' } as const
/** What stands before runc gives containers while these are there. */
const marks = { certificates: '/var/lib/cove/ca-containers', proxy: '/var/lib/cove/proxy-containers' } as const
const limitMs = 60_000
/** As resources/guest/supervisor/boot.c starts it: an option that is also a flag is refused. */
const dockerd = '/usr/sbin/dockerd --validate --swarm-default-advertise-addr=10.0.2.15 --containerd=/run/containerd/containerd.sock --userland-proxy-path=/usr/lib/cove/port-proxy'

const Options = z.record(z.string(), z.unknown())

/** Brings a running guest's Docker to what is wished for; it starts again only while nobody uses it. */
export async function applyWishes(guest: GuestAccess, wishes: GuestWishes, signal: AbortSignal): Promise<Applied> {
  const { certificates } = wishes
  return await withLimit({ what: "Docker's options in the guest", ms: limitMs, signal }, async () => {
    const { present: presentOptions, wanted, sums, found } = await lookAt(guest, wishes)
    const write = (path: string): string => `cat > ${path}.new && mv ${path}.new ${path}`
    // Read by what stands before runc in the guest (resources/guest/runc), at once.
    for (const [name, mark] of Object.entries(marks) as [keyof typeof marks, string][]) {
      const isWanted = wishes.forContainers[name]
      if (isWanted !== found.includes(mark)) await guest.run(isWanted ? `touch ${mark}` : `rm -f ${mark}`, '')
    }
    const keepsEnvironment = wishes.keepsProxy && presentOptions['proxies'] !== undefined
    if (!keepsEnvironment && !isSum(sums.proxyEnvironment, wishes.proxyEnvironment)) await guest.run(`umask 077; ${write(files.proxyEnvironment)}`, wishes.proxyEnvironment)
    const change = changeBetween(presentOptions, wanted)
    const hasNewCertificates = !isSum(sums.certificates, certificates)
    if (change === 'none' && !hasNewCertificates) return 'unchanged'
    const mayRestart = !(await guest.isInUse())
    // Without a restart only what can be re-read is written, so that the file always says what Docker runs with.
    const now = mayRestart || change === 'reload' ? wanted : { ...presentOptions, ...pick(wanted, presentOptions) }
    if (hasNewCertificates && mayRestart) await guest.run(write(files.certificates), certificates)
    const needsRestart = change === 'restart' || hasNewCertificates
    await guest.run(write(files.present), JSON.stringify(now, null, 2))
    guest.signalDocker(needsRestart && mayRestart ? 'restart' : 'reload')
    if (!needsRestart) return 'reloaded'
    return mayRestart ? 'restarted' : 'pending'
  })
}

/** Has Docker check what it would run with, without running it; what it says when it refuses, undefined when it does not. */
export async function refusalOf(guest: GuestAccess, wishes: GuestWishes, signal: AbortSignal): Promise<string | undefined> {
  return await withLimit({ what: "Docker to check its options", ms: limitMs, signal }, async () => {
    const { wanted } = await lookAt(guest, wishes)
    // Named after its shell: who types has several checks under way.
    const file = `${files.checked}.$$`
    const said = await guest.run(`cat > ${file}; ${dockerd} --config-file=${file} 2>&1; echo "==$?"; rm -f ${file}`, JSON.stringify(wanted))
    const [, words = said, code] = /^(.*)==(\d+)\s*$/s.exec(said) ?? []
    return code === '0' ? undefined : words
  })
}

/** What the guest has now, and what it is to have. */
async function lookAt(guest: GuestAccess, { options, keepsProxy }: GuestWishes): Promise<{ present: DaemonOptions; wanted: DaemonOptions; sums: { certificates: string; proxyEnvironment: string }; found: string }> {
  const questions = [`cat ${files.base}`, `cat ${files.present}`, `sha256sum < ${files.certificates} || true`, `sha256sum < ${files.proxyEnvironment} || true`, `ls ${Object.values(marks).join(' ')} || true`]
  const [base = '', now = '', certificates = '', proxyEnvironment = '', found = ''] = (await guest.run(questions.join('; echo; echo ==; '), '')).split('\n==\n')
  const present = Options.parse(JSON.parse(now))
  const kept = keepsProxy && present['proxies'] !== undefined ? { proxies: present['proxies'] } : {}
  return { present, wanted: { ...Options.parse(JSON.parse(base)), ...kept, ...options }, sums: { certificates, proxyEnvironment }, found }
}

/** Whether what sha256sum printed is of this text. */
function isSum(printed: string, text: string): boolean {
  return printed.startsWith(createHash('sha256').update(text).digest('hex'))
}

/** The part of the wanted options that Docker re-reads. */
function pick(wanted: DaemonOptions, present: DaemonOptions): DaemonOptions {
  return Object.fromEntries(Object.entries(wanted).filter(([key]) => changeBetween({ [key]: present[key] }, { [key]: wanted[key] }) !== 'restart'))
}
