import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'

/** A terminal session in a container; it lives in the engine, so that who left can come back to it. */
export const Terminal = z.object({
  id: z.string(),
  /** The container's id. */
  container: z.string(),
  command: z.array(z.string()),
  startedAt: z.iso.datetime(),
  /** Null while it runs. */
  exitCode: z.int().nullable(),
  isRunning: z.boolean(),
})
export type Terminal = z.infer<typeof Terminal>

/** What a terminal tells: bytes as base64 (at first the end of what was printed before, up to 256 KiB), and its end. */
export const TerminalEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('output'), base64: z.string() }),
  z.object({ kind: z.literal('end'), exitCode: z.int().nullable(), error: z.string().nullable() }),
])
export type TerminalEvent = z.infer<typeof TerminalEvent>

const size = { columns: z.int().min(1).max(1000), rows: z.int().min(1).max(1000) }

/** Calls on terminals in containers. */
export const terminalContract = {
  /** Runs a command, by default the best shell that the container has, with a terminal. @throws `docker.refused` when it is not running. */
  open: oc
    .input(z.object({ container: z.string().min(1), command: z.array(z.string()).min(1).nullable().default(null), user: z.string().max(255).nullable().default(null), ...size }))
    .output(Terminal),
  /** Those of a container, or all. One that ended is listed for ten more minutes. */
  list: oc.input(z.object({ container: z.string().nullable().default(null) })).output(z.array(Terminal)),
  /** What was printed lately, then what comes; several may be attached. Leaving does not end the terminal. */
  attach: oc.input(z.object({ id: z.string() })).output(eventIterator(TerminalEvent)),
  /** What the user types, as base64 of its bytes. */
  write: oc.input(z.object({ id: z.string(), base64: z.string().max(1024 * 1024) })),
  resize: oc.input(z.object({ id: z.string(), ...size })),
  /** Hangs up and forgets it. */
  close: oc.input(z.object({ id: z.string() })),
}
