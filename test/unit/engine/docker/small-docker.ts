import { mkdtempDisposable } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { createDockerClient, type DockerClient } from '#engine/docker/docker-client.ts'
import { type Routes, startDockerServer } from '../../../fixtures/sshd/guest-servers.ts'

/** A small Docker with objects that a test decides, and a client of it. */
export interface SmallDocker extends AsyncDisposable {
  client: DockerClient
  /** id → what differs from a plain container in Docker's list. */
  containers: Map<string, object>
  /** What was asked for of containers: `all` or an id. */
  asked: string[]
  events: ServerResponse[]
  /** Answers a path from now on; with undefined it is not found. */
  answer(path: string, body: unknown): void
  /** Answers a path as it likes from now on. */
  serve(path: string, handle: Routes[string]): void
  tell(action: string, id: string, type?: string, attributes?: Record<string, string>): void
}

/** Starts one on a unix socket. */
export async function smallDocker(): Promise<SmallDocker> {
  const dir = await mkdtempDisposable(join(tmpdir(), 'cove-live-'))
  const containers = new Map<string, object>()
  const asked: string[] = []
  const events: ServerResponse[] = []
  const routes: Routes = {
    '/events': (_, response) => {
      events.push(response)
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
    },
    '/containers/json': ({ url }, response) => {
      const filters = new URL(url ?? '', 'http://d').searchParams.get('filters')
      const wanted = JSON.parse(filters ?? '{}') as { id?: string[]; label?: string[] }
      // What Cove makes for itself is looked for by its label.
      if (wanted.label) return void response.end('[]')
      const id = wanted.id?.[0]
      asked.push(id ?? 'all')
      const found = [...containers].filter(([each]) => id === undefined || each === id)
      response.end(JSON.stringify(found.map(([Id, own]) => ({ ...plain, Id, Names: [`/n-${Id}`], ...own }))))
    },
  }
  const server = await startDockerServer(join(dir.path, 'd.sock'), routes)
  // Like a tunnel's streams no net.Socket, which node:http treats apart.
  const openSocket = async (): Promise<Duplex> => {
    const socket = connect({ path: server.path, allowHalfOpen: true })
    return Duplex.from({ readable: socket, writable: socket }).on('error', () => undefined)
  }
  const client = createDockerClient({ openSocket })
  return {
    client,
    containers,
    asked,
    events,
    answer: (path, body) => {
      if (body === undefined) delete routes[path]
      else routes[path] = (_, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
    },
    serve: (path, handle) => void (routes[path] = handle),
    tell: (action, id, type = 'container', attributes = { name: id }) =>
      void events.at(-1)?.write(`${JSON.stringify({ Type: type, Action: action, Actor: { ID: id, Attributes: attributes }, time: 1, timeNano: 1 })}\n`),
    [Symbol.asyncDispose]: async () => {
      client[Symbol.dispose]()
      await server[Symbol.asyncDispose]()
      await dir[Symbol.asyncDispose]()
    },
  }
}

const plain = { Image: 'i', State: 'running', Ports: [{ IP: '127.0.0.1', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' }], HostConfig: { NetworkMode: 'bridge' } }
