import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { connectEngine, type EngineClient } from '#base/engine-client.ts'
import { covePaths } from '#base/paths.ts'
import type { TaskEvent, TaskRef } from '#contract/task.ts'
import { buildFolder } from './fixtures/build-folder.ts'
import { image, removeLater, uniqueName } from './fixtures/containers.ts'
import { startGuestRegistry } from './fixtures/guest-registry.ts'
import { cove, coveOk, docker, dockerOk } from './fixtures/run.ts'

function connect(): Promise<EngineClient> {
  return connectEngine({ paths: covePaths(inject('cove').home) })
}

async function told({ api }: EngineClient, ref: TaskRef): Promise<TaskEvent[]> {
  return Array.fromAsync(await api.task.follow(ref))
}

test('D1 a container is run, its log followed, a terminal used, its files seen while it runs and afterwards', async () => {
  await using client = await connect()
  const { container, terminal } = client.api
  const name = uniqueName('d')
  await using _removed = { [Symbol.asyncDispose]: async () => void (await docker(['rm', '-f', '-v', name])) }
  const command = ['sh', '-c', 'echo out; echo err >&2; echo new > /etc/made; rm /etc/group; exec sleep 1000']
  const end = (await told(client, await container.run({ spec: { image, name, command, env: [{ name: 'DB_PASSWORD', value: 'hunter2' }] } }))).at(-1)
  expect(end).toMatchObject({ outcome: 'done' })
  const lines: string[] = []
  for await (const batch of await container.logs({ id: name, follow: true })) {
    if (batch.kind === 'lines') lines.push(...batch.lines.map(({ stream, text }) => `${stream} ${text}`))
    if (lines.length === 2) break
  }
  expect(lines.toSorted()).toEqual(['stderr err', 'stdout out'])
  expect((await container.get({ id: name })).env).toContainEqual({ name: 'DB_PASSWORD', value: null, isSecret: true })
  const { id } = await terminal.open({ container: name, columns: 101, rows: 43 })
  await terminal.write({ id, base64: Buffer.from('stty size; exit 7\n').toString('base64') })
  const events = await Array.fromAsync(await terminal.attach({ id }))
  expect(events.map((event) => (event.kind === 'output' ? Buffer.from(event.base64, 'base64').toString() : '')).join('')).toContain('43 101')
  expect(events.at(-1)).toMatchObject({ kind: 'end', exitCode: 7 })
  const seen = { entries: expect.arrayContaining([expect.objectContaining({ name: 'made', bytes: 4, change: 'added' })]) as unknown, deleted: ['group'], isComplete: true }
  expect(await container.files({ id: name, path: '/etc' })).toMatchObject(seen)
  await container.write({ id: name, path: '/etc/made', content: 'héllo' })
  await container.stop({ id: name, timeoutS: 0 })
  expect(await container.read({ id: name, path: '/etc/made' })).toMatchObject({ content: 'héllo', mode: 0o644 })
  expect((await container.files({ id: name, path: '/etc' })).entries.find((entry) => entry.name === 'made')).toMatchObject({ bytes: 6, change: 'added' })
  expect(await coveOk(['container', 'changes', name])).toContain('/etc/made')
  expect(await coveOk(['activity', '--kind', 'container.exited', '--match', name])).toContain('exitCode=137')
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
  // Out to an archive and back under another name, as the window does it.
  await using folder = await mkdtempDisposable(join(tmpdir(), 'cove-v-'))
  const path = join(folder.path, 'v.cove')
  expect((await told(client, await client.api.volume.export({ name: to, path }))).at(-1)).toMatchObject({ kind: 'end', outcome: 'done', result: { path, sha256: expect.stringMatching(/^[\da-f]{64}$/) as string } })
  await coveOk(['volume', 'empty', to, '--yes'])
  expect((await told(client, await client.api.volume.import({ path, onConflict: 'replace' }))).at(-1)).toMatchObject({ kind: 'end', outcome: 'done', result: { volumes: to } })
  expect(await client.api.volume.read({ name: to, path: '/b' })).toMatchObject({ content: 'hi\n' })
})

test('D3 a project comes up from its folder with its output, says what a change would do, and its logs come together', async () => {
  await using client = await connect()
  const { project } = client.api
  const service = (word: string): string => `image: ${image}\n    command: [sh, -c, 'echo ${word}; exec sleep 1000']\n    stop_grace_period: 0s`
  const file = `services:\n  a:\n    ${service('from-a')}\n  b:\n    ${service('from-b')}\n    depends_on: [a]\n`
  await using folder = await buildFolder({ 'compose.yaml': file })
  const target = { folder: folder.path }
  expect((await cove(['project', 'check', folder.path])).stdout).toContain('new')
  const up = await told(client, await project.up({ target }))
  expect(up.at(-1)).toMatchObject({ outcome: 'done' })
  expect(up.map((event) => (event.kind === 'output' ? event.text : '')).join('')).toContain('Started')
  const { name, services } = await project.check({ target, content: file.replace('from-b', 'other') })
  expect(services.map((each) => [each.name, each.change])).toEqual([['a', 'same'], ['b', 'changed']])
  const texts: string[] = []
  for await (const batch of await project.logs({ name: name ?? '', follow: true })) {
    if (batch.kind === 'lines') texts.push(...batch.lines.map(({ text }) => text))
    if (texts.length === 2) break
  }
  expect(texts.toSorted()).toEqual(['from-a', 'from-b'])
  expect(await project.check({ target, content: `${file}    foo: 1\n` })).toMatchObject({ isValid: false, problems: [{ level: 'error', line: 11 }] })
  expect((await told(client, await project.down({ target }))).at(-1)).toMatchObject({ outcome: 'done' })
})

test('D4 a build that fails is remembered with its line', async () => {
  await using client = await connect()
  await using folder = await buildFolder({ Dockerfile: `FROM ${image}\nRUN echo fine\nRUN echo oops; false\n` })
  const failed = await told(client, await client.api.build.start({ folder: folder.path }))
  expect(failed.at(-1)).toMatchObject({ outcome: 'failed', error: { code: 'build.failed', message: expect.stringContaining('Dockerfile:3') as string } })
  expect((await client.api.build.list({ limit: 1 }))[0]).toMatchObject({ outcome: 'failed', failure: { line: 3 } })
})

// A registry of its own takes an emulated guest half a minute.
test.skipIf(process.env['COVE_TEST_FULL'] !== '1')('D5 what was built goes to a registry and comes back', async () => {
  await using client = await connect()
  const { api } = client
  await using folder = await buildFolder({ Dockerfile: `FROM ${image}\nRUN echo made > /made\n` })
  await using registry = await startGuestRegistry()
  const name = `${registry.address}/${uniqueName('img')}:1`
  expect((await told(client, await api.build.start({ folder: folder.path, tags: [name] }))).at(-1)).toMatchObject({ outcome: 'done' })
  await using _image = removeLater('image', name)
  expect((await told(client, await api.image.push({ image: name }))).at(-1)).toMatchObject({ outcome: 'done', result: { digest: expect.stringMatching(/^sha256:/) as string } })
  await api.image.remove({ id: name })
  expect((await told(client, await api.image.pull({ image: name }))).at(-1)).toMatchObject({ outcome: 'done' })
})
