import { z } from 'zod'

/** A port of a container; `hostPort` and `hostIp` only when it is published. */
export interface ContainerPort {
  protocol: string
  containerPort: number
  hostPort: number | undefined
  hostIp: string | undefined
}

/** One container as the live model keeps it. */
export interface Container {
  id: string
  name: string
  image: string
  /** Docker's own word: created, running, paused, restarting, exited, removing or dead. */
  state: string
  networkMode: string
  ports: readonly ContainerPort[]
}

const Port = z
  .object({ IP: z.string().optional(), PrivatePort: z.int(), PublicPort: z.int().optional(), Type: z.string() })
  .transform(({ IP: hostIp, PrivatePort: containerPort, PublicPort: hostPort, Type: protocol }): ContainerPort => ({ protocol, containerPort, hostPort, hostIp }))

/** Docker's answer to `GET /containers/json`. */
export const ContainerList = z.array(
  z
    .object({
      Id: z.string(),
      Names: z.array(z.string()).nullish(),
      Image: z.string().default(''),
      State: z.string(),
      Ports: z.array(Port).nullish(),
      HostConfig: z.object({ NetworkMode: z.string().default('') }).nullish(),
    })
    .transform(
      ({ Id: id, Names: names, Image: image, State: state, Ports: ports, HostConfig: host }): Container => ({
        id,
        name: (names?.[0] ?? id.slice(0, 12)).replace(/^\//, ''),
        image,
        state,
        networkMode: host?.NetworkMode ?? '',
        ports: ports ?? [],
      }),
    ),
)

/** Whether a container's processes live: paused and restarting ones count, stopping the vm would end them. */
export function isAlive({ state }: Pick<Container, 'state'>): boolean {
  return state === 'running' || state === 'paused' || state === 'restarting'
}
