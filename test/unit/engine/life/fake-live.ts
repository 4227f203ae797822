import { addAbortSignal, PassThrough } from 'node:stream'
import { silentLogger } from '#base/log.ts'
import type { Container } from '#contract/container.ts'
import { LiveDocker } from '#engine/docker/live-docker.ts'

/** A container without anything special. */
export const plainContainer: Container = {
  id: '',
  name: '',
  image: 'i',
  imageId: 'sha256:1',
  command: 'c',
  createdAt: '2026-01-01T00:00:00.000Z',
  state: 'running',
  status: '',
  exitCode: null,
  health: null,
  networkMode: 'bridge',
  networks: [],
  ports: [],
  mounts: [],
  labels: {},
}

/** A Docker of whose containers a test decides; the live model over it is the real one. */
export class FakeContainers {
  readonly #containers = new Map<string, Container>()
  readonly #streams = new Set<PassThrough>()
  /** How often it was asked, for all or for one. */
  readonly asked = { all: 0, one: 0 }

  /** A live model of its own, as each docker client has. */
  open(): LiveDocker {
    const none = { what: 'nothing', idOf: () => '', list: async () => [], lookUp: async () => undefined }
    const ask = (id?: string): Container[] => {
      this.asked[id === undefined ? 'all' : 'one']++
      return [...this.#containers.values()].filter((container) => id === undefined || container.id === id)
    }
    const source = {
      openEvents: async (signal: AbortSignal) => {
        const stream = addAbortSignal(signal, new PassThrough())
        this.#streams.add(stream)
        stream.on('close', () => this.#streams.delete(stream))
        return stream
      },
      containers: { what: 'containers', idOf: ({ id }: Container) => id, list: async () => ask(), lookUp: async (id: string) => ask(id)[0] },
      images: none,
      volumes: none,
      networks: none,
      settled: async () => undefined,
    }
    return new LiveDocker(source, silentLogger)
  }

  /** Changes a container as Docker would, and tells of it. */
  set(id: string, state: string, action = state): void {
    this.#containers.set(id, { ...plainContainer, id, name: id, state })
    this.tell('container', action, id)
  }

  remove(id: string): void {
    this.#containers.delete(id)
    this.tell('container', 'destroy', id)
  }

  tell(type: string, action: string, id = ''): void {
    for (const stream of this.#streams) stream.write(`${JSON.stringify({ Type: type, Action: action, Actor: { ID: id, Attributes: {} } })}\n`)
  }

  /** Ends every event stream, as a restart of dockerd does. */
  breakStreams(): void {
    for (const stream of this.#streams) stream.end()
  }
}
