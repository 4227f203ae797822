import type { Virtiofsd } from './virtiofsd.ts'

/** One file server to start. */
export interface VirtiofsdRun {
  virtiofsd: Virtiofsd
  /** The folder to serve, without links in its path. */
  folder: string
  /** A folder in it of which nothing may be shown. */
  hidden: string | undefined
  user: { uid: number; gid: number }
}

/** The descriptor that a server finds its listening socket by: of the first three libuv makes blocking ones, and both kinds wait for QEMU in accept(2). */
const virtiofsdSocketFd = 0

/** In a mount namespace of its own the server is shown something empty instead, whoever asks it and however. */
const hide = 'mount -t tmpfs -o ro,mode=0555,size=4k cove "$1" && shift && exec "$@"'

/**
 * The program and its arguments that serve one folder; pure. Both kinds pivot into the folder, in mount, pid and network
 * namespaces of their own. An ordinary user's runs as root of a user namespace in which that root is the user.
 */
export function virtiofsdCommand(run: VirtiofsdRun): { program: string; args: string[] } {
  const own = [run.virtiofsd.path, ...(run.virtiofsd.kind === 'c' ? ofQemu(run) : ofRust(run))]
  const isRoot = run.user.uid === 0
  if (isRoot && run.hidden === undefined) return { program: run.virtiofsd.path, args: own.slice(1) }
  const namespaces = [...(isRoot ? [] : ['--user', '--map-root-user']), '--mount', '--propagation', 'private', '--']
  return { program: 'unshare', args: [...namespaces, ...(run.hidden === undefined ? [] : ['sh', '-c', hide, 'cove', run.hidden]), ...own] }
}

/** Names and attributes are asked for again after a second, contents when they changed: the host tells of nothing. */
const cache = 'auto'

/** virtiofsd(1) of QEMU; no device files, which only root could make. */
function ofQemu({ folder }: VirtiofsdRun): string[] {
  const options = [`source=${folder.replaceAll(/[\\,]/g, '\\$&')}`, `cache=${cache}`, 'sandbox=namespace', 'log_level=warn', 'modcaps=-mknod']
  return [`--fd=${virtiofsdSocketFd}`, '-f', '-o', options.join(',')]
}

/** Everybody in the guest is the user here, and what is the user's is so there too. */
function ofRust({ folder, user }: VirtiofsdRun): string[] {
  const base = [`--fd=${virtiofsdSocketFd}`, `--shared-dir=${folder}`, `--cache=${cache}`, '--sandbox=namespace', '--log-level=warn', '--modcaps=-mknod']
  if (user.uid === 0) return base
  const ids = [['uid', user.uid], ['gid', user.gid]] as const
  return [...base, ...ids.flatMap(([name, id]) => [`--translate-${name}=host:0:${id}:1`, `--translate-${name}=squash-guest:0:0:4294967295`])]
}
