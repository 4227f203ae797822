import { z } from 'zod'

/** One event of Docker's `/events`. Docker 29 has only these fields; `status`, `id` and `from` are gone. */
export interface DockerEvent {
  /** container, image, volume, network, builder, daemon, … */
  type: string
  /** create, start, die, prune, `health_status: healthy`, …; new Dockers bring new ones. */
  action: string
  id: string
  attributes: Readonly<Record<string, string>>
}

const Wire = z.object({
  Type: z.string(),
  Action: z.string(),
  Actor: z.object({ ID: z.string().default(''), Attributes: z.record(z.string(), z.string()).nullish() }).nullish(),
})

/** One line of the stream; undefined when it is no event. */
export function parseDockerEvent(line: string): DockerEvent | undefined {
  const parsed = Wire.safeParse(parseJson(line))
  if (!parsed.success) return undefined
  const { Type: type, Action: action, Actor: actor } = parsed.data
  return { type, action, id: actor?.ID ?? '', attributes: actor?.Attributes ?? {} }
}

/** What leaves a container as it is; a health check makes three of them every few seconds. */
const harmless = /^(exec_|top$|attach$|detach$|resize$|export$|archive-path$|extract-to-dir$|copy$)/

/** Whether a container may look different after an action; one that is not known here may. */
export function changesContainer(action: string): boolean {
  return !harmless.test(action)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
