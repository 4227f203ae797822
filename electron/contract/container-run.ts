import { z } from 'zod'
import { Labels } from './live.ts'

/** A port to publish; without `hostPort` any free one, without `hostIp` where the setting port.bind says. */
export const PortWish = z.object({
  hostIp: z.string().max(64).default(''),
  hostPort: z.int().min(1).max(65535).nullable().default(null),
  containerPort: z.int().min(1).max(65535),
  protocol: z.enum(['tcp', 'udp', 'sctp']).default('tcp'),
})
export type PortWish = z.infer<typeof PortWish>

/** Something to mount: a host folder, a volume by name (an empty name makes one without), or memory. */
export const MountWish = z.object({
  type: z.enum(['bind', 'volume', 'tmpfs']),
  source: z.string().max(4096).default(''),
  target: z.string().min(1).max(4096),
  isReadOnly: z.boolean().default(false),
})
export type MountWish = z.infer<typeof MountWish>

/** What to run: the fields of a form. */
export const RunSpec = z.object({
  image: z.string().min(1).max(1024),
  /** Null lets Docker choose. */
  name: z.string().max(255).nullable().default(null),
  /** Instead of the image's own; null keeps that. */
  entrypoint: z.array(z.string()).nullable().default(null),
  command: z.array(z.string()).nullable().default(null),
  env: z.array(z.object({ name: z.string().min(1), value: z.string() })).default([]),
  ports: z.array(PortWish).default([]),
  mounts: z.array(MountWish).default([]),
  labels: Labels.default({}),
  /** Null is Docker's default, bridge. */
  network: z.string().max(255).nullable().default(null),
  hostname: z.string().max(255).nullable().default(null),
  user: z.string().max(255).nullable().default(null),
  workingDir: z.string().max(4096).nullable().default(null),
  cpus: z.number().positive().max(1024).nullable().default(null),
  memoryMiB: z.int().min(6).nullable().default(null),
  restart: z.enum(['no', 'on-failure', 'always', 'unless-stopped']).default('no'),
  hasTty: z.boolean().default(false),
  hasInit: z.boolean().default(false),
  isPrivileged: z.boolean().default(false),
  isRemovedAtEnd: z.boolean().default(false),
  /** Such as linux/arm64; null is the vm's own. */
  platform: z.string().max(64).nullable().default(null),
})
export type RunSpec = z.infer<typeof RunSpec>
export type RunSpecInput = z.input<typeof RunSpec>
