import { expect, test, vi } from 'vitest'
import type { LiveChange } from '#contract/live.ts'
import type { LiveObjects } from '#engine/docker/live-docker.ts'
import { smallDocker, type SmallDocker } from './small-docker.ts'

const signal = AbortSignal.timeout(10_000)

/** Begins to watch a kind; resolves with each next change. */
async function watching<K extends keyof LiveObjects>({ client }: SmallDocker, kind: K): Promise<() => Promise<LiveChange<LiveObjects[K]> | undefined>> {
  await client.live.ready(signal)
  const changes = client.live.watch(kind, signal)
  return async () => (await changes.next()).value as LiveChange<LiveObjects[K]> | undefined
}

test('a container is told with everything the window shows of it', async () => {
  await using docker = await smallDocker()
  docker.containers.set('a', {
    State: 'exited',
    Status: 'Exited (137) 2 hours ago',
    ImageID: 'sha256:1',
    Command: 'sleep 1',
    Created: 1_700_000_000,
    Labels: { 'x': '<b>' },
    NetworkSettings: { Networks: { front: {}, back: {} } },
    Mounts: [{ Type: 'volume', Name: 'data', Source: '/v', Destination: '/data', RW: false }],
    Ports: [{ PrivatePort: 53, Type: 'udp' }],
  })
  docker.containers.set('b', { Status: 'Up 3 minutes (unhealthy)', Labels: null, Mounts: null, Ports: null, NetworkSettings: null })
  const next = await watching(docker, 'container')
  expect(await next()).toEqual({
    kind: 'all',
    objects: [
      {
        id: 'a', name: 'n-a', image: 'i', imageId: 'sha256:1', command: 'sleep 1', createdAt: '2023-11-14T22:13:20.000Z',
        state: 'exited', status: 'Exited (137) 2 hours ago', exitCode: 137, health: null, networkMode: 'bridge', networks: ['front', 'back'],
        ports: [{ protocol: 'udp', containerPort: 53, hostIp: null, hostPort: null }],
        mounts: [{ type: 'volume', volume: 'data', source: '/v', target: '/data', isWritable: false }],
        labels: { x: '<b>' },
      },
      expect.objectContaining({ id: 'b', exitCode: null, health: 'unhealthy', networks: [], ports: [], mounts: [], labels: {} }),
    ],
  })
})

test('a slow reader gets the newest of each object once, however often it changed', async () => {
  await using docker = await smallDocker()
  docker.containers.set('a', {}).set('b', {})
  const next = await watching(docker, 'container')
  expect(await next()).toMatchObject({ kind: 'all', objects: [{ id: 'a' }, { id: 'b' }] })
  for (let turn = 1; turn <= 30; turn++) {
    docker.containers.set('a', { Status: `Up ${turn}` })
    docker.tell('rename', 'a')
    await vi.waitFor(() => expect(docker.client.live.containers.get('a')?.status).toBe(`Up ${turn}`), { interval: 2 })
  }
  docker.containers.delete('b')
  docker.tell('destroy', 'b')
  await vi.waitFor(() => expect(docker.client.live.containers.size).toBe(1))
  expect(await next()).toEqual({ kind: 'changed', objects: [expect.objectContaining({ id: 'a', status: 'Up 30' })], removed: ['b'] })
})

test('images are listed when first asked for, then looked up one by one; a tag that moves leaves its former image', async () => {
  await using docker = await smallDocker()
  docker.answer('/images/json', [
    { Id: 'sha256:old', RepoTags: ['web:1', 'web:latest'], Created: 1_700_000_000, Size: 5, Labels: { a: 'b' } },
    { Id: 'sha256:none', RepoTags: ['<none>:<none>'], RepoDigests: null, Created: 0 },
  ])
  const next = await watching(docker, 'image')
  expect(await next()).toEqual({
    kind: 'all',
    objects: [
      { id: 'sha256:old', tags: ['web:1', 'web:latest'], digests: [], createdAt: '2023-11-14T22:13:20.000Z', sizeBytes: 5, labels: { a: 'b' } },
      { id: 'sha256:none', tags: [], digests: [], createdAt: '1970-01-01T00:00:00.000Z', sizeBytes: 0, labels: {} },
    ],
  })
  docker.answer('/images/json', { message: 'must not be asked again' })
  docker.answer('/images/web%3Alatest/json', { Id: 'sha256:new', RepoTags: ['web:latest'], Created: '2026-01-02T03:04:05.678901234Z', Size: 7, Config: { Labels: null } })
  docker.tell('pull', 'web:latest', 'image')
  expect(await next()).toEqual({
    kind: 'changed',
    objects: [expect.objectContaining({ id: 'sha256:old', tags: ['web:1'] }), { id: 'sha256:new', tags: ['web:latest'], digests: [], createdAt: '2026-01-02T03:04:05.678Z', sizeBytes: 7, labels: {} }],
    removed: [],
  })
  docker.tell('delete', 'sha256:none', 'image')
  expect(await next()).toEqual({ kind: 'changed', objects: [], removed: ['sha256:none'] })
})

test('volumes and networks come and go with their events', async () => {
  await using docker = await smallDocker()
  docker.answer('/volumes', { Volumes: null })
  docker.answer('/networks', [{ Id: 'n', Name: 'bridge', Driver: 'bridge', Scope: 'local', Created: '0001-01-01T00:00:00Z', IPAM: { Config: [{ Subnet: '172.17.0.0/16', Gateway: '172.17.0.1' }] } }])
  const [volume, network] = [await watching(docker, 'volume'), await watching(docker, 'network')]
  expect(await volume()).toEqual({ kind: 'all', objects: [] })
  expect(await network()).toMatchObject({ kind: 'all', objects: [{ id: 'n', name: 'bridge', subnets: [{ subnet: '172.17.0.0/16', gateway: '172.17.0.1' }], isInternal: false }] })
  docker.answer('/volumes/data', { Name: 'data', Driver: 'local', CreatedAt: '2026-01-02T03:04:05Z', Options: null, Labels: null })
  docker.tell('create', 'data', 'volume')
  expect(await volume()).toEqual({ kind: 'changed', objects: [{ name: 'data', driver: 'local', createdAt: '2026-01-02T03:04:05.000Z', options: {}, labels: {} }], removed: [] })
  docker.tell('destroy', 'n', 'network')
  expect(await network()).toEqual({ kind: 'changed', objects: [], removed: ['n'] })
})

test('a container that joins a network is looked up, although only the network is named', async () => {
  await using docker = await smallDocker()
  docker.containers.set('a', {})
  const next = await watching(docker, 'container')
  await next()
  docker.containers.set('a', { NetworkSettings: { Networks: { bridge: {}, back: {} } } })
  docker.tell('connect', 'n', 'network', { container: 'a', name: 'back' })
  expect(await next()).toMatchObject({ kind: 'changed', objects: [{ id: 'a', networks: ['bridge', 'back'] }] })
})

const member = (project: string, service: string, more: object = {}): object => ({
  Labels: { 'com.docker.compose.project': project, 'com.docker.compose.service': service, 'com.docker.compose.project.working_dir': '/w', 'com.docker.compose.project.config_files': '/w/a.yml,/w/b.yml' },
  ...more,
})

test('projects follow from the labels of containers, and only those that changed are told', async () => {
  await using docker = await smallDocker()
  docker.containers.set('a', member('shop', 'web')).set('b', member('shop', 'db', { Status: 'Up 1 second (health: starting)' })).set('c', member('blog', 'web')).set('d', {})
  const next = await watching(docker, 'project')
  expect(await next()).toEqual({
    kind: 'all',
    objects: [
      { name: 'blog', workingDir: '/w', configFiles: ['/w/a.yml', '/w/b.yml'], services: [{ name: 'web', containers: [{ id: 'c', state: 'running', health: null }] }] },
      expect.objectContaining({ name: 'shop', services: [{ name: 'db', containers: [{ id: 'b', state: 'running', health: 'starting' }] }, { name: 'web', containers: [{ id: 'a', state: 'running', health: null }] }] }),
    ],
  })
  docker.containers.set('d', { Status: 'Up' })
  docker.tell('rename', 'd')
  docker.containers.delete('c')
  docker.tell('destroy', 'c')
  expect(await next()).toEqual({ kind: 'changed', objects: [], removed: ['blog'] })
})

test('a watch ends with its model, and leaves no listener', async () => {
  await using docker = await smallDocker()
  const next = await watching(docker, 'container')
  await next()
  const last = next()
  docker.client[Symbol.dispose]()
  expect(await last).toBeUndefined()
})
