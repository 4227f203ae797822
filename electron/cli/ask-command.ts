import type { EngineApi } from '#base/engine-client.ts'
import { type Command, defineCommand, type Input, jsonFlag, type Operands } from './declare.ts'
import { formatTable } from './terminal/table.ts'

/** A command that asks the engine one thing and shows rows, or the answer as JSON. */
export interface AskDeclaration<A extends Operands, T> {
  name: string
  summary: string
  details?: string
  examples?: readonly string[]
  operands?: A
  /** Completes "waited N s for …". */
  what: string
  ask(api: EngineApi, operands: Input<A>['operands'], signal: AbortSignal): Promise<T>
  headings: readonly string[]
  /** Table cells; harmless already, as the table makes every cell. */
  rows(answer: T): string[][]
  /** Said when there are no rows. */
  none: string
}

/** Docker may count files for an answer. */
const limitMs = 15 * 60_000

/** Declares such a command. */
export function askCommand<const A extends Operands = {}, T = unknown>({ name, summary, details, examples, operands, what, ask, headings, rows, none }: AskDeclaration<A, T>): Command {
  return defineCommand({
    name,
    summary,
    ...(details === undefined ? {} : { details }),
    ...(examples === undefined ? {} : { examples }),
    operands: (operands ?? {}) as A,
    options: { json: jsonFlag },
    async run(input, cli) {
      const answer = await cli.engine.use({ what, ms: limitMs }, ({ api, signal }) => ask(api, input.operands, signal))
      if (input.options.json) return cli.json(answer)
      const found = rows(answer)
      if (found.length === 0) return cli.err.line(none)
      for (const line of formatTable(headings, found, cli.out)) cli.out.line(line)
    },
  })
}
