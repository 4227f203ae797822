import type { Codec } from './codec.ts'

/** What the isolated world is made with. */
export interface IsolatedBoot {
  secret: string
  /** Where the script is that holds a port's end. */
  portScript: string
  platform: string
  arch: string
  argv: string[]
  versions: Record<string, string | undefined>
}

/** What goes from main to the page over CDP. */
export type ToPage =
  | { type: 'reply'; id: number; value?: string; error?: string }
  /** Ports by the paths where their messages are to be had. */
  | { type: 'send'; channel: string; args: string; ports: string[] }

/** What comes from the page. */
export type FromPage =
  | { type: 'ready' }
  | { type: 'invoke'; id: number; channel: string; args: string }
  | { type: 'send'; channel: string; args: string }

type Preload = (require: (name: string) => unknown, module: { exports: object }, exports: object, process: object) => void

/** Runs in the page's isolated world: what a sandboxed preload script gets from `require('electron')`. */
export function isolatedWorld(boot: IsolatedBoot, codec: Codec, preload: Preload): void {
  type Listener = (event: object, ...args: unknown[]) => void
  const { secret, portScript } = boot
  const global = globalThis as unknown as Record<string, unknown>
  const post = global[`${secret}_post`] as (text: string) => void
  const send = (message: FromPage): void => post(JSON.stringify(message))
  const listeners = new Map<string, { listener: Listener; isOnce: boolean }[]>()
  const pending = new Map<number, PromiseWithResolvers<unknown>>()
  let last = 0

  const listen = (channel: string, listener: Listener, isOnce = false): void => {
    listeners.set(channel, [...(listeners.get(channel) ?? []), { listener, isOnce }])
  }
  const ipcRenderer = {
    send: (channel: string, ...args: unknown[]) => send({ type: 'send', channel, args: codec.encode(args) }),
    invoke: (channel: string, ...args: unknown[]) => {
      const reply = Promise.withResolvers<unknown>()
      pending.set(++last, reply)
      send({ type: 'invoke', id: last, channel, args: codec.encode(args) })
      return reply.promise
    },
    on: (channel: string, listener: Listener) => (listen(channel, listener), ipcRenderer),
    once: (channel: string, listener: Listener) => (listen(channel, listener, true), ipcRenderer),
    off: (channel: string, listener: Listener) => {
      listeners.set(channel, (listeners.get(channel) ?? []).filter((each) => each.listener !== listener))
      return ipcRenderer
    },
  }
  // The page's policy wants to know who makes addresses of scripts.
  const rules = { createScriptURL: (url: string) => url }
  const policy = (global['trustedTypes'] as { createPolicy(name: string, own: typeof rules): typeof rules }).createPolicy(secret, rules)
  const openPort = (path: string): MessagePort => {
    const { port1, port2 } = new MessageChannel()
    new Worker(policy.createScriptURL(portScript)).postMessage(`ws://${location.host}${path}`, [port1])
    return port2
  }
  global[`${secret}_hear`] = (message: ToPage): void => {
    if (message.type === 'reply') {
      const reply = pending.get(message.id)
      pending.delete(message.id)
      if (message.error === undefined) reply?.resolve(codec.decode(message.value!))
      else reply?.reject(new Error(message.error))
    } else {
      const opened = message.ports.map(openPort)
      const heard = listeners.get(message.channel) ?? []
      listeners.set(message.channel, heard.filter(({ isOnce }) => !isOnce))
      for (const { listener } of heard) listener({ sender: ipcRenderer, senderId: 0, ports: opened }, ...(codec.decode(message.args) as unknown[]))
    }
  }

  const functions = new Map<number, (...args: unknown[]) => unknown>()
  const dispatch = (detail: object): void => void document.dispatchEvent(new CustomEvent(`${secret}-in`, { detail }))
  const isPlain = (value: unknown): value is object => typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  const outward = (value: unknown): unknown => {
    if (typeof value === 'function') {
      functions.set(++last, value as () => unknown)
      return { $function: last }
    }
    if (Array.isArray(value)) return value.map(outward)
    return isPlain(value) ? Object.fromEntries(Object.entries(value).map(([key, part]) => [key, outward(part)])) : value
  }
  const inward = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inward)
    if (!isPlain(value)) return value
    if ('$callback' in value) return (...args: unknown[]) => dispatch({ type: 'callback', id: value.$callback, value: outward(args) })
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, inward(part)]))
  }
  const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)) || 'Error'
  document.addEventListener(`${secret}-out`, (event) => {
    event.stopImmediatePropagation()
    const { id, call, args } = (event as CustomEvent<{ id: number; call: number; args: unknown[] }>).detail
    try {
      const result = functions.get(id)!(...(inward(args) as unknown[]))
      if (!(result instanceof Promise)) return dispatch({ type: 'returned', value: outward(result) })
      dispatch({ type: 'returned', isPromise: true })
      result.then(
        (value) => dispatch({ type: 'settled', call, value: outward(value) }),
        (error: unknown) => dispatch({ type: 'settled', call, error: messageOf(error) }),
      )
    } catch (error) {
      dispatch({ type: 'returned', error: messageOf(error) })
    }
  }, true)

  const electron = { ipcRenderer, contextBridge: { exposeInMainWorld: (key: string, value: unknown) => dispatch({ type: 'expose', key, value: outward(value) }) } }
  const requireElectron = (name: string): unknown => {
    if (name === 'electron' || name === 'electron/renderer') return electron
    throw new Error(`module not found: ${name}`)
  }
  const { platform, arch, argv, versions } = boot
  const module = { exports: {} }
  preload(requireElectron, module, module.exports, { platform, arch, argv, versions, env: {}, type: 'renderer', sandboxed: true, contextIsolated: true })
  send({ type: 'ready' })
}
