import { oc } from '@orpc/contract'
import { z } from 'zod'

/** Most characters of Docker's options that are taken. */
export const maxOptionsChars = 32_768

const Text = z.object({ text: z.string().max(maxOptionsChars) })

/** Something wrong with Docker's options. */
export const OptionsProblem = z.object({
  /** Counts from 1; null when nobody can say where. */
  line: z.int().nullable(),
  /** The option that is at fault; null for the text as a whole. */
  key: z.string().nullable(),
  message: z.string(),
})
export type OptionsProblem = z.infer<typeof OptionsProblem>

/** The user's options of Docker, members of its daemon.json beside those that Cove gives it. */
export const DaemonOptions = z.object({
  /** As it was written; empty when there are none. */
  text: z.string(),
  /** What `daemon.undo` brings back; null when there is nothing. */
  former: z.string().nullable(),
  /** What Cove adds by itself, for which there are settings. */
  own: z.record(z.string(), z.unknown()),
})
export type DaemonOptions = z.infer<typeof DaemonOptions>

/** Calls on Docker's own options (daemon.json). */
export const daemonContract = {
  get: oc.output(DaemonOptions),
  /** What is wrong with a text; Docker itself is asked while the vm runs (`isAsked`). Changes nothing. */
  check: oc.input(Text).output(z.object({ problems: z.array(OptionsProblem), isAsked: z.boolean() })),
  /**
   * Has Docker check the options and start again with them, which ends running containers; empty for none. Options that Docker refuses or
   * does not start with change nothing. @throws `daemon.refused`, `vm.not-running`.
   */
  set: oc.input(Text).output(DaemonOptions),
  /** The former options again, in the same way. @throws `daemon.refused`, `daemon.no-former`, `vm.not-running`. */
  undo: oc.output(DaemonOptions),
}
