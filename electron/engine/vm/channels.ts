import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { Socket, type SocketConstructorOpts } from 'node:net'
import { dirname, join } from 'node:path'
import { errnoOf } from '#base/errno.ts'
import type { CovePaths } from '#base/paths.ts'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { type HandoverSocket, openHandoverSocket } from './handover-socket.ts'
import type { VmHost } from './host.ts'
import { type Channel, type GuestPort, guestPorts } from './plan.ts'

/** The ways to talk to one QEMU, before, while and after it starts. */
export interface Channels {
  monitor: Channel
  control: Channel
  ports: readonly { name: GuestPort; channel: Channel }[]
  /** Descriptors the child inherits from 3 on. */
  inherited: readonly number[]
  /** To be called once the child runs. */
  release(): Promise<void>
  connectMonitor(signal: AbortSignal): Promise<Socket>
  connectControl(signal: AbortSignal): Promise<Socket>
  /** The ports that QEMU waits for before it starts: all of them where it makes pipes, else none. */
  connectPorts(signal: AbortSignal): Promise<Map<GuestPort, Socket>>
  /** Gives the sockets the names a later engine looks for. */
  publish(): Promise<void>
  discard(): Promise<void>
}

/** The channels of a vm that is about to start. */
export async function openChannels(paths: CovePaths, host: VmHost): Promise<Channels> {
  return host.platform === 'win32' ? pipeChannels(paths) : await socketChannels(paths)
}

/**
 * The socket whose only use is to break when its QEMU ends: nobody accepts on it, the system resets who waits in its
 * queue. So a later engine, which is not QEMU's parent, learns of its end at once and without asking again and again.
 */
export function lifelinePath(paths: CovePaths): string {
  return join(dirname(paths.qmpSocket), 'life.sock')
}

/** Where the engine connects to one of the guest's ports. */
export function portPath(paths: CovePaths, port: GuestPort): string {
  return paths[`${port}Socket`]
}

/** Removes what a vm that is gone left behind. */
export async function removeSockets(paths: CovePaths): Promise<void> {
  if (process.platform === 'win32') return
  await Promise.all([paths.qmpSocket, paths.controlSocket, lifelinePath(paths), ...guestPorts.map((port) => portPath(paths, port))].map((path) => rm(path, { force: true })))
}

/** Connects to a unix socket or pipe; `highWaterMark` bytes may wait in it before its writers are asked to pause. */
export async function connectTo(path: string, signal: AbortSignal, highWaterMark?: number): Promise<Socket> {
  // Handed on to Duplex; the types do not say so.
  const socket = new Socket({ highWaterMark } as SocketConstructorOpts).connect(path)
  try {
    await once(socket, 'connect', { signal })
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** Connects to one of the guest's ports. @throws CoveError `vm.not-running`; the signal's reason. */
export async function connectToPort(paths: CovePaths, port: GuestPort, { signal, highWaterMark }: { signal: AbortSignal; highWaterMark?: number }): Promise<Socket> {
  return await connectTo(portPath(paths, port), signal, highWaterMark).catch((error: unknown) => {
    signal.throwIfAborted()
    throw new CoveError('vm.not-running', { message: `the port "${port}" of the vm cannot be reached: ${toCoveError(error).message}`, hint: 'Restart the vm: cove restart' })
  })
}

async function socketChannels(paths: CovePaths): Promise<Channels> {
  const open = (): Promise<HandoverSocket> => openHandoverSocket(paths.runDir)
  const [monitor, control, lifeline] = await Promise.all([open(), open(), open()])
  const ports = await Promise.all(guestPorts.map(open))
  const all = [monitor, control, lifeline, ...ports]
  const each = async (work: (socket: HandoverSocket) => Promise<void>): Promise<void> => void (await Promise.all(all.map(work)))
  return {
    monitor: { kind: 'fd', fd: 3 },
    control: { kind: 'fd', fd: 4 },
    ports: guestPorts.map((name, i) => ({ name, channel: { kind: 'fd', fd: 6 + i } })),
    inherited: all.map((socket) => socket.fd),
    release: () => each((socket) => socket.release()),
    connectMonitor: (signal) => connectTo(monitor.path, signal),
    connectControl: (signal) => connectTo(control.path, signal),
    connectPorts: async () => new Map(),
    publish: async () => {
      const named = ports.map((socket, i) => socket.publish(portPath(paths, guestPorts[i] as GuestPort)))
      await Promise.all([...named, monitor.publish(paths.qmpSocket), control.publish(paths.controlSocket), lifeline.publish(lifelinePath(paths))])
    },
    discard: () => each((socket) => socket.discard()),
  }
}

/**
 * Windows: QEMU makes the pipes and blocks on each, in the order of its arguments, until its one client comes
 * (chardev/char-pipe.c); a second client, hence a second engine, is never let in. Not yet run on a real Windows.
 */
function pipeChannels(paths: CovePaths): Channels {
  const pipe = (path: string): Channel => ({ kind: 'pipe', name: path.replace(/^\\\\\.\\pipe\\/, '') })
  const nothing = async (): Promise<void> => undefined
  return {
    monitor: pipe(paths.qmpSocket),
    control: pipe(paths.controlSocket),
    ports: guestPorts.map((name) => ({ name, channel: pipe(portPath(paths, name)) })),
    inherited: [],
    release: nothing,
    connectMonitor: (signal) => connectWhenMade(paths.qmpSocket, signal),
    connectControl: (signal) => connectWhenMade(paths.controlSocket, signal),
    connectPorts: async (signal) => new Map(await Promise.all(guestPorts.map(async (name) => [name, await connectWhenMade(portPath(paths, name), signal)] as const))),
    publish: nothing,
    discard: nothing,
  }
}

/** Windows tells nobody when a pipe is made, so this tries every 20 ms until the caller's limit aborts it. */
async function connectWhenMade(path: string, signal: AbortSignal): Promise<Socket> {
  for (;;) {
    try {
      return await connectTo(path, signal)
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'EBUSY') throw error
      const { promise, resolve } = Promise.withResolvers<void>()
      setTimeout(resolve, 20)
      await promise
    }
  }
}
