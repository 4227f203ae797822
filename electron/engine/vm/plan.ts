import type { Accelerator, VmHost } from './host.ts'

/** How QEMU offers one of its channels: a listening socket it inherits, or a named pipe it makes (Windows). */
export type Channel = { kind: 'fd'; fd: number } | { kind: 'pipe'; name: string }

/** Everything QEMU's command line depends on; nothing in it is secret. */
export interface VmPlan {
  host: VmHost
  accelerator: Accelerator
  cpuModel: string
  cpus: number
  memoryMiB: number
  kernel: string
  initrd: string
  /** Read-only root image. */
  root: string
  /** The qcow2 with all state. */
  dataDisk: string
  /** Host loopback port that reaches the guest's sshd. */
  sshPort: number
  /** Files the guest reads through fw_cfg, by name. */
  fwCfg: readonly { name: string; file: string }[]
  monitor: Channel
  control: Channel
  ports: readonly { name: GuestPort; channel: Channel }[]
  /** Folders served by virtiofs: the tag the guest mounts, and the server's socket. */
  virtiofs: readonly { tag: string; socket: string }[]
  /** File the guest's serial console is appended to. */
  serialLog: string
}

/** The guest's own address in QEMU's user network, set by its supervisor without DHCP. */
export const guestAddress = '10.0.2.15'

/** The guest's address for published ports: its supervisor leads each port of it to a container. */
export const publishedAddress = '10.0.2.16'

/** The netdev that forwards are added to. */
export const netdevId = 'net0'

/** The name the guest finds its control port by. */
export const controlPortName = 'org.cove.control'

/**
 * The virtio-serial ports beside the control port, each for one protocol: the guest finds it as `org.cove.<name>`, the
 * engine by its socket in paths.ts, `<name>Socket`. Their order is part of what a saved vm must match.
 */
export const guestPorts = ['names', 'shares', 'tunnel'] as const
export type GuestPort = (typeof guestPorts)[number]

/** The block node of the data disk, for QMP's block_resize. */
export const dataNode = 'data'
