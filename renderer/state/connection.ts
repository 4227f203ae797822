import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { enginePortMessage } from '#contract/desktop-bridge.ts'
import type { contract } from '#contract/index.ts'
import type { ToldError } from '#contract/told-error.ts'
import { creditFrame, creditHeader, granting } from '#contract/stream-credit.ts'
import { desktop } from './desktop.ts'
import { PortSocket } from './port-socket.ts'
import { Store } from './store.ts'

/** Typed calls of the contract. */
export type EngineApi = ContractRouterClient<typeof contract>

/** How the window is connected to the engine. */
export type Connection =
  | { phase: 'connecting'; api: null }
  | { phase: 'connected'; api: EngineApi }
  | { phase: 'retrying'; api: null; problem: ToldError }

/** The one connection of this window; another api object stands for another connection. */
export const connection = new Store<Connection>({ phase: 'connecting', api: null })

/** Takes each port that the desktop sends, for as long as the page lives. */
export function openConnection(): void {
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    const [port] = event.ports
    if (event.source !== window || event.data !== enginePortMessage || !port) return
    take(port)
  })
  desktop.onLink((state) => {
    if (state.phase === 'retrying') connection.set({ phase: 'retrying', api: null, problem: state.problem })
  })
  desktop.ready()
}

function take(port: MessagePort): void {
  const socket = new PortSocket(port)
  const link = new RPCLink<{ stream: string }>({ websocket: socket as unknown as WebSocket, headers: ({ context }) => ({ [creditHeader]: context.stream }) })
  let calls = 0
  const api: EngineApi = createORPCClient({
    call: async (path, input, options) => {
      const stream = String(++calls)
      const output = await link.call(path, input, { ...options, context: { stream } })
      if (typeof output !== 'object' || output === null || !(Symbol.asyncIterator in output)) return output
      // What is read grants the engine as much again: a view that is slow holds its stream back.
      return granting((output as AsyncIterable<unknown>)[Symbol.asyncIterator](), (items) => socket.readyState === WebSocket.OPEN && socket.send(creditFrame(stream, items)))
    },
  })
  socket.addEventListener('close', () => {
    if (connection.value.api === api) connection.set({ phase: 'connecting', api: null })
  })
  connection.set({ phase: 'connected', api })
}
