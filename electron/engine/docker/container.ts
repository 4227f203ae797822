import { z } from 'zod'
import type { Container, ContainerMount, ContainerPort } from '#contract/container.ts'
import { wireTime } from './wire-time.ts'

const Port = z
  .object({ IP: z.string().nullish(), PrivatePort: z.int(), PublicPort: z.int().nullish(), Type: z.string() })
  .transform((port): ContainerPort => ({ protocol: port.Type, containerPort: port.PrivatePort, hostIp: port.IP ?? null, hostPort: port.PublicPort ?? null }))

const Mount = z
  .object({ Type: z.string(), Name: z.string().nullish(), Source: z.string().nullish(), Destination: z.string(), RW: z.boolean().default(true) })
  .transform((mount): ContainerMount => ({ type: mount.Type, volume: mount.Name ?? '', source: mount.Source ?? '', target: mount.Destination, isWritable: mount.RW }))

const Summary = z.object({
  Id: z.string(),
  Names: z.array(z.string()).nullish(),
  Image: z.string().default(''),
  ImageID: z.string().default(''),
  Command: z.string().default(''),
  Created: z.number().default(0),
  State: z.string(),
  Status: z.string().default(''),
  Ports: z.array(Port).nullish(),
  Mounts: z.array(Mount).nullish(),
  Labels: z.record(z.string(), z.string()).nullish(),
  HostConfig: z.object({ NetworkMode: z.string().default('') }).nullish(),
  NetworkSettings: z.object({ Networks: z.record(z.string(), z.unknown()).nullish() }).nullish(),
})

/** Docker's answer to `GET /containers/json`. */
export const ContainerList = z.array(Summary.transform(rowOf))

/** Whether a container's processes live: paused and restarting ones count, stopping the vm would end them. */
export function isAlive({ state }: Pick<Container, 'state'>): boolean {
  return state === 'running' || state === 'paused' || state === 'restarting'
}

function rowOf(summary: z.infer<typeof Summary>): Container {
  const { Id: id, Status: status, HostConfig: host, NetworkSettings: settings } = summary
  return {
    id,
    name: (summary.Names?.[0] ?? id.slice(0, 12)).replace(/^\//, ''),
    image: summary.Image,
    imageId: summary.ImageID,
    command: summary.Command,
    createdAt: wireTime(summary.Created),
    state: summary.State,
    status,
    exitCode: exitCodeOf(status),
    health: healthOf(status),
    networkMode: host?.NetworkMode ?? '',
    networks: Object.keys(settings?.Networks ?? {}),
    ports: summary.Ports ?? [],
    mounts: summary.Mounts ?? [],
    labels: summary.Labels ?? {},
  }
}

/** Docker lists the code only within its sentence: "Exited (137) 2 hours ago", "Restarting (1) 3 seconds ago". */
function exitCodeOf(status: string): number | null {
  const [, code] = /^(?:Exited|Restarting) \((-?\d{1,10})\)/.exec(status) ?? []
  return code === undefined ? null : Number(code)
}

/** Likewise the health: "Up 3 minutes (healthy)", "Up 1 second (health: starting)". */
function healthOf(status: string): Container['health'] {
  const [, word] = /\((?:health: )?(starting|healthy|unhealthy)\)$/.exec(status) ?? []
  return word === 'starting' || word === 'healthy' || word === 'unhealthy' ? word : null
}
