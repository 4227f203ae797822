import { z } from 'zod'

/**
 * The terminal side-channel `ws /shell` of engine.sock. Client sends one text frame `ShellOpen`, then
 * binary frames (stdin), text frames `ShellControl`. Engine sends binary frames whose first byte is the
 * stream (1 stdout, 2 stderr), and last a text frame `ShellEnd`, then closes. Clients stop reading from
 * their stdin while `bufferedAmount` is high; the engine pauses the guest's output likewise.
 */
export const ShellOpen = z.object({
  /** The command line, run by the guest's sh; null opens a login shell. */
  command: z.string().nullable(),
  tty: z.object({ term: z.string(), columns: z.int().positive(), rows: z.int().positive() }).nullable(),
})
export type ShellOpen = z.infer<typeof ShellOpen>

/** What the client says during a session besides its bytes. */
export const ShellControl = z.discriminatedUnion('type', [
  z.object({ type: z.literal('resize'), columns: z.int().positive(), rows: z.int().positive() }),
  z.object({ type: z.literal('eof') }),
  z.object({ type: z.literal('signal'), name: z.string() }),
])
export type ShellControl = z.infer<typeof ShellControl>

/** How the session ended: an exit code, a signal, or an error that kept it from running. */
export const ShellEnd = z.object({
  exitCode: z.int().nullable(),
  signal: z.string().nullable(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }).nullable(),
})
export type ShellEnd = z.infer<typeof ShellEnd>
