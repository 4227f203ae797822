import { expect, test, vi } from 'vitest'
import { smallDocker } from './small-docker.ts'

const signal = AbortSignal.timeout(10_000)
const files = { 'org.cove.files': 'data' }

test('the container that Cove reaches into a volume by is never told nor counted, in a list or by its event', async () => {
  await using docker = await smallDocker()
  docker.containers.set('a', {}).set('door', { Labels: files })
  const { live } = docker.client
  const told: string[] = []
  live.on('container', (id) => told.push(id))
  await live.ready(signal)
  expect([...live.containers.keys()]).toEqual(['a'])
  expect(live.alive).toBe(1)
  docker.containers.set('transfer', { Labels: { 'org.cove.transfer': 'me' } }).set('b', { Labels: { mine: 'x' } })
  for (const id of ['transfer', 'door', 'b']) docker.tell('create', id)
  await vi.waitFor(() => expect([...live.containers.keys()]).toEqual(['a', 'b']))
  for (const id of ['transfer', 'door']) {
    docker.containers.delete(id)
    docker.tell('destroy', id)
  }
  docker.containers.delete('a')
  docker.tell('destroy', 'a')
  await vi.waitFor(() => expect([...live.containers.keys()]).toEqual(['b']))
  expect(told).toEqual(['b', 'a'])
})

test('nor are the empty image and the volume that is being filled', async () => {
  await using docker = await smallDocker()
  docker.answer('/images/json', [{ Id: 'sha256:1', RepoTags: ['cove/files:empty'], Labels: { 'org.cove.files': '' } }, { Id: 'sha256:2', RepoTags: ['web:1'], Labels: null }])
  docker.answer('/volumes', { Volumes: [{ Name: 'cove-import-1', Driver: 'local', Labels: { 'org.cove.transfer': 'me' } }, { Name: 'data', Driver: 'local' }] })
  await docker.client.live.ready(signal)
  const images = await docker.client.live.watch('image', signal).next()
  const volumes = await docker.client.live.watch('volume', signal).next()
  expect(images.value).toMatchObject({ kind: 'all', objects: [{ id: 'sha256:2' }] })
  expect(volumes.value).toMatchObject({ kind: 'all', objects: [{ name: 'data' }] })
})

test('an image that got its label out of sight goes again when it was known', async () => {
  await using docker = await smallDocker()
  docker.answer('/images/json', [{ Id: 'sha256:1', RepoTags: ['cove/files:empty'], Labels: {} }])
  await docker.client.live.ready(signal)
  const images = docker.client.live.watch('image', signal)
  expect((await images.next()).value).toMatchObject({ objects: [{ id: 'sha256:1' }] })
  docker.answer('/images/sha256:1/json', { Id: 'sha256:1', RepoTags: ['cove/files:empty'], Config: { Labels: { 'org.cove.files': '' } } })
  docker.tell('tag', 'sha256:1', 'image')
  expect((await images.next()).value).toMatchObject({ kind: 'changed', objects: [], removed: ['sha256:1'] })
})
