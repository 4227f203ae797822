import { isIP } from 'node:net'
import { z } from 'zod'

const address = z.string().refine((text) => isIP(text) !== 0 && !text.includes('%'))
const port = z.int().min(1).max(65535)
const id = z.int().min(1).max(0xffffffff)
const PublishedPort = z.object({
  id,
  protocol: z.enum(['tcp', 'udp']),
  hostAddress: address,
  hostPort: port,
  containerAddress: address,
  containerPort: port,
  guestPort: z.int().min(0).max(65535),
  isWaiting: z.boolean(),
})

const GuestLine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('step'), name: z.string().max(64), uptimeMs: z.number().nonnegative() }),
  z.object({ type: z.literal('ready'), uptimeMs: z.number().nonnegative() }),
  // While it powers off: no container runs any more, and those who waited for one know. Docker itself waits for its clients to hang up.
  z.object({ type: z.literal('containers-ended') }),
  // Its last word when it powers off in order: everything has ended and is on the disk.
  z.object({ type: z.literal('poweroff'), uptimeMs: z.number().nonnegative() }),
  z.object({
    type: z.literal('service'),
    name: z.string().max(64),
    state: z.enum(['running', 'exited']),
    pid: z.int().exactOptional(),
    code: z.int().exactOptional(),
    signal: z.int().exactOptional(),
    restarts: z.int().exactOptional(),
  }),
  PublishedPort.extend({ type: z.literal('port') }),
  z.object({ type: z.literal('port-closed'), id }),
  z.object({ type: z.literal('tunnel-prepared') }),
  z.object({ type: z.literal('tunnel-closed'), id: z.string().max(64) }),
  z.object({ type: z.literal('ports'), ports: z.array(PublishedPort).max(100), isLast: z.boolean() }),
  z.object({ type: z.literal('failed'), step: z.string().max(64), message: z.string().max(4096) }),
  z.object({
    type: z.literal('status'),
    ready: z.boolean(),
    steps: z.record(z.string(), z.number()),
    services: z.record(z.string(), z.unknown()),
  }),
])

/** A message of the guest on its control port (resources/guest/supervisor/report.c). */
export type GuestMessage = z.infer<typeof GuestLine>

/** A line of the guest's control port as a message; undefined when it is none. The guest is not trusted. */
export function parseGuestMessage(line: string): GuestMessage | undefined {
  try {
    const parsed = GuestLine.safeParse(JSON.parse(line))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}
