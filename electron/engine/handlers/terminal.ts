import { implement } from '@orpc/server'
import { terminalContract } from '#contract/terminal.ts'
import type { EngineParts } from '../parts.ts'
import { reach } from '../work/reach.ts'

const callMs = 30_000

/** Calls on terminals in containers. */
export function terminalHandlers(parts: EngineParts) {
  const os = implement(terminalContract)
  const { terminals } = parts
  return {
    open: os.open.handler(({ input, signal }) => reach(parts, signal, (reached) => terminals.open(reached.session, input, reached.signal))),
    list: os.list.handler(({ input }) => terminals.list(input.container)),
    attach: os.attach.handler(({ input, signal = new AbortController().signal }) => terminals.attach(input.id, signal)),
    write: os.write.handler(({ input, signal = AbortSignal.timeout(callMs) }) => terminals.write(input.id, Buffer.from(input.base64, 'base64'), signal)),
    resize: os.resize.handler(({ input, signal = AbortSignal.timeout(callMs) }) => terminals.resize(input.id, input, signal)),
    close: os.close.handler(({ input, signal = AbortSignal.timeout(callMs) }) => terminals.close(input.id, signal)),
  }
}
