import { expect, inject, test } from 'vitest'
import { connectEngine, type EngineClient } from '#base/engine-client.ts'
import { covePaths } from '#base/paths.ts'
import { buildFolder } from './fixtures/build-folder.ts'
import { image, removeLater, startContainer, uniqueName } from './fixtures/containers.ts'
import { coveOk, dockerOk } from './fixtures/run.ts'

function connect(): Promise<EngineClient> {
  return connectEngine({ paths: covePaths(inject('cove').home) })
}

// What the window does with containers, volumes, projects, builds and registries is told in test/app/vm; here is what it does not show.
test('D1 cove tells what a container changed, and what bringing a project up would', async () => {
  await using container = await startContainer(['sh', '-c', 'echo new > /etc/made; rm /etc/group; exec sleep 1000'])
  await using folder = await buildFolder({ 'compose.yaml': `services:\n  a:\n    image: ${image}\n` })
  expect((await coveOk(['project', 'check', folder.path]))).toContain('new')
  await dockerOk(['exec', container.name, 'sh', '-c', 'until [ -e /etc/made ] && [ ! -e /etc/group ]; do :; done'])
  const changes = await coveOk(['container', 'changes', container.name])
  for (const path of ['/etc/made', '/etc/group']) expect(changes).toContain(path)
})

test('D2 a volume is browsed, cloned with its hard links, and emptied only when nothing runs on it', async () => {
  await using client = await connect()
  const [from, to] = [uniqueName('vol'), uniqueName('vol')]
  await using _from = removeLater('volume', from)
  await using _to = removeLater('volume', to)
  const runner = uniqueName('d')
  await dockerOk(['run', '-d', '--name', runner, '-v', `${from}:/v`, image, 'sh', '-c', 'echo hi > /v/a; ln /v/a /v/b; chown 7:8 /v/a; ln -s /etc /v/out; touch /v/ready; exec sleep 1000'])
  await dockerOk(['exec', runner, 'sh', '-c', 'until [ -e /v/ready ]; do :; done'])
  expect((await client.api.volume.files({ name: from })).entries).toMatchObject([{ name: 'a', uid: 7 }, { name: 'b', uid: 7 }, { name: 'out', target: '/etc' }, { name: 'ready' }])
  // A link leads nowhere outside: of the guest's own /etc there is nothing here.
  await expect(client.api.volume.files({ name: from, path: '/out' })).rejects.toMatchObject({ code: 'docker.not-found' })
  expect(await client.api.volume.read({ name: from, path: '/a' })).toMatchObject({ content: 'hi\n', encoding: 'utf8', isComplete: true })
  await expect(client.api.volume.read({ name: from, path: '/out/passwd' })).rejects.toMatchObject({ code: 'docker.not-found' })
  await expect(client.api.volume.read({ name: from, path: '/' })).rejects.toMatchObject({ code: 'usage.invalid' })
  expect(await coveOk(['volume', 'cat', from, 'b'])).toBe('hi')
  await expect(client.api.volume.empty({ name: from })).rejects.toMatchObject({ code: 'docker.conflict', message: expect.stringContaining(runner) as string })
  await coveOk(['volume', 'clone', from, to])
  expect(await dockerOk(['run', '--rm', '-v', `${to}:/v`, image, 'sh', '-c', 'stat -c %h:%u:%g /v/a; cat /v/b'])).toBe('2:7:8\nhi')
  await dockerOk(['rm', '-f', runner])
  await coveOk(['volume', 'empty', from, '--yes'])
  expect((await client.api.volume.files({ name: from })).entries).toEqual([])
})
