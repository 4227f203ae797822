import { connect } from 'node:net'
import { Duplex } from 'node:stream'
import { CoveError, toCoveError } from '#contract/errors.ts'
import type { Selection, TransferSource } from '#contract/transfer.ts'
import { errnoOf } from '#base/errno.ts'
import { findContextHost } from '../context/context-host.ts'
import { createDockerClient } from '../docker/docker-client.ts'
import { DockerObjects } from '../docker/docker-objects.ts'
import { offersOfDocker } from './docker-origin.ts'
import { removeHelpers, VolumeReach } from './volume-reach.ts'
import type { TransferOrigin } from './offer.ts'

/** What reading another Docker needs. */
export interface OtherDockerOptions {
  selection: Selection
  signal: AbortSignal
  owner: string
  /** Our own Docker, from which nothing is to be imported. */
  ownId: () => Promise<{ ID: string }>
}

const tidyMs = 60_000

/** Reads another Docker on this machine through its socket. @throws CoveError `transfer.source-unusable`, `transfer.not-found`. */
export async function openOtherDocker(source: Exclude<TransferSource, { type: 'archive' }>, options: OtherDockerOptions): Promise<TransferOrigin> {
  const host = source.type === 'host' ? source.host : await findContextHost(source.dockerConfigDir, source.name)
  const address = parseHost(host)
  await using opened = new AsyncDisposableStack()
  const client = opened.use(createDockerClient({ openSocket: (signal) => dial(host, address, signal) }))
  const docker = new DockerObjects(client.send, options.signal)
  const { ID } = await docker.info()
  if ((await options.ownId()).ID === ID) throw unusable(host, "it is Cove's own Docker", 'Name the socket or context of another product.')
  const reach = new VolumeReach({ docker, owner: options.owner })
  opened.defer(async () => {
    if (reach.isUsed) await removeHelpers(new DockerObjects(client.send, AbortSignal.timeout(tidyMs)), options.owner)
  })
  // Settings are Cove's own.
  const found = await offersOfDocker(docker, reach, options.selection)
  const kept = opened.move()
  return { ...found, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

type Address = { path: string } | { host: string; port: number }

/** Where a DOCKER_HOST points, if it is this machine. @throws CoveError `transfer.source-unusable`. */
export function parseHost(host: string): Address {
  if (host.startsWith('unix://')) return { path: host.slice('unix://'.length) }
  if (host.startsWith('npipe://')) return { path: host.slice('npipe://'.length).replaceAll('/', '\\') }
  const [, name, port] = /^(?:tcp|http):\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\]):(\d{1,5})\/?$/.exec(host) ?? []
  if (name !== undefined) return { host: name.replaceAll(/[[\]]/g, ''), port: Number(port) }
  const scheme = /^[a-z]+:\/\//.exec(host)?.[0]
  throw unusable(host, scheme === undefined ? 'it is no address' : `${scheme} is not supported beyond this machine`, `Make a tunnel to its socket and name that, such as: ssh -nNT -L /tmp/other.sock:/var/run/docker.sock HOST`)
}

async function dial(host: string, address: Address, signal: AbortSignal | undefined): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket = connect({ ...address, allowHalfOpen: true })
  const abort = (): void => void socket.destroy(new Error('cancelled'))
  signal?.addEventListener('abort', abort, { once: true })
  socket.once('connect', resolve).on('error', reject)
  try {
    await promise
  } catch (error) {
    const reason = { ENOENT: 'there is no such socket', ECONNREFUSED: 'nothing listens there', EACCES: 'you may not open it' }[errnoOf(error) ?? ''] ?? toCoveError(error).message
    throw unusable(host, reason, 'Start that product, and see its socket with: docker context ls')
  } finally {
    signal?.removeEventListener('abort', abort)
  }
  return socket
}

function unusable(host: string, reason: string, hint: string): CoveError {
  return new CoveError('transfer.source-unusable', { message: `cannot import from "${host}": ${reason}`, about: { name: host }, hint })
}
