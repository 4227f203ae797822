import { z } from 'zod'
import { Remark } from './remark.ts'
import { ErrorValues } from './told-error.ts'

/** The engine's states, DESIGN.md "Engine states". */
export const engineStates = ['off', 'starting', 'running', 'sleeping', 'waking', 'stopping', 'failed'] as const
/** One engine state. */
export const EngineState = z.enum(engineStates)
export type EngineState = z.infer<typeof EngineState>

/** What `cove status` shows and `engine.watch` streams: one consistent picture of the engine. */
export const Status = z.object({
  state: EngineState,
  /** The step under way while starting, waking or stopping. */
  step: z.string().nullable(),
  /** Why the engine failed. */
  reason: z.string().nullable(),
  /** What to do about the reason. */
  hint: z.string().nullable(),
  /** The code of the error that the reason is of, and the values it is about. */
  code: z.string().nullable().default(null),
  about: ErrorValues,
  /** When the present state began, ISO 8601. */
  since: z.iso.datetime(),
  /** Things that work but not as well as they could, each a sentence. */
  warnings: z.array(z.string()),
  /** The same warnings by their codes and values. */
  remarks: z.array(Remark).default([]),
  /** The host path or pipe where Docker's API listens. */
  dockerSocket: z.string(),
  engine: z.object({ pid: z.int(), version: z.string(), startedAt: z.iso.datetime() }).nullable(),
  vm: z
    .object({
      pid: z.int(),
      accelerator: z.string(),
      cpus: z.int(),
      memoryMiB: z.int(),
      startedAt: z.iso.datetime(),
    })
    .nullable(),
  docker: z.object({ version: z.string(), apiVersion: z.string() }).nullable(),
  /** Milliseconds each step of the last start took, in order. */
  bootSteps: z.array(z.object({ name: z.string(), ms: z.number() })),
})
export type Status = z.infer<typeof Status>
