import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { EngineClient } from '#base/engine-client.ts'
import { type FakeDocker, startFakeDocker } from '../../fixtures/fake-docker/fake-docker.ts'
import { startTestEngine, type TestEngine } from './test-engine.ts'

const here = { skip: process.platform === 'win32' }
let opened: AsyncDisposableStack
let docker: FakeDocker
let engine: TestEngine
let client: EngineClient

beforeEach(async () => {
  opened = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'cove-o-'))
  opened.defer(() => rmSync(folder, { recursive: true }))
  docker = opened.use(await startFakeDocker(join(folder, 'd.sock')))
  engine = opened.use(await startTestEngine({ docker }))
  client = opened.use(await engine.connect())
  await client.api.engine.start()
})
afterEach(() => opened.disposeAsync())

/** Everything a task told. */
async function told(ref: { task: number }) {
  return Array.fromAsync(await client.api.task.follow(ref))
}

describe('containers', here, () => {
  test('a missing image is pulled with its layers told, then the container is made and started', async () => {
    const events = await told(await client.api.container.run({ spec: { image: 'registry.test/new:2', name: 'fresh', env: [{ name: 'A', value: 'b' }] } }))
    expect(events.find(({ kind }) => kind === 'layers')).toMatchObject({ layers: [{ id: 'aaaaaaaaaaaa' }] })
    const end = events.at(-1)
    expect(end).toMatchObject({ kind: 'end', outcome: 'done' })
    expect(docker.state.find('fresh')).toMatchObject({ state: 'running', env: ['A=b'], id: end?.kind === 'end' ? end.result['id'] : '' })
  })

  test('an image that nobody gives out fails the run with the registry\'s words and what to do', async () => {
    const end = (await told(await client.api.container.run({ spec: { image: 'registry.test/missing:1' } }))).at(-1)
    expect(end).toMatchObject({ outcome: 'failed', error: { code: 'docker.refused', message: expect.stringContaining('pull access denied'), hint: expect.stringContaining('docker login registry.test') } })
    expect(docker.state.containers.size).toBe(0)
  })

  test('states change one after another; what is not there and what is in the way have codes of their own', async () => {
    const { id, name } = docker.state.addContainer({ name: 'one', state: 'exited' })
    const { container } = client.api
    for (const [work, state] of [[container.start, 'running'], [container.pause, 'paused'], [container.unpause, 'running'], [container.stop, 'exited'], [container.restart, 'running'], [container.kill, 'exited'], [container.start, 'running']] as const) {
      await work({ id })
      expect(docker.state.find(name)?.state).toBe(state)
    }
    await expect(container.remove({ id: 'one' })).rejects.toMatchObject({ code: 'docker.conflict' })
    await expect(container.get({ id: 'other' })).rejects.toMatchObject({ code: 'docker.not-found' })
    await container.rename({ id, name: 'two' })
    expect(await container.loss({ id: 'two' })).toMatchObject({ name: 'two', isRunning: true, ownBytes: 4096 })
    await container.remove({ id: 'two', force: true })
    expect(docker.state.containers.size).toBe(0)
  })

  test('a log is told once, followed, and goes on when the container starts again', async () => {
    const one = docker.state.addContainer({ name: 'one' })
    docker.state.print(one, 'out\n')
    docker.state.print(one, 'err\n', 2)
    const seen: string[] = []
    const leaving = new AbortController()
    const following = (async () => {
      for await (const batch of await client.api.container.logs({ id: 'one', follow: true }, { signal: leaving.signal })) seen.push(...(batch.kind === 'lines' ? batch.lines.map(({ stream, text }) => `${stream} ${text}`) : [batch.kind]))
    })()
    following.catch(() => undefined)
    const sees = (...lines: string[]) => vi.waitFor(() => expect(seen).toEqual(lines), 5000)
    await sees('stdout out', 'stderr err', 'caught-up')
    await vi.waitFor(() => expect(docker.state.followers.get(one.id)?.size).toBe(1))
    docker.state.print(one, 'more\n')
    await sees('stdout out', 'stderr err', 'caught-up', 'stdout more')
    docker.state.set(one, 'exited', 'die')
    await sees('stdout out', 'stderr err', 'caught-up', 'stdout more', 'stopped')
    docker.state.set(one, 'running', 'start')
    await vi.waitFor(() => expect(docker.state.followers.get(one.id)?.size).toBe(1))
    docker.state.print(one, 'again\n')
    await sees('stdout out', 'stderr err', 'caught-up', 'stdout more', 'stopped', 'stdout again')
    leaving.abort()
    await expect(following).rejects.toMatchObject({ code: 'operation.cancelled' })
  })

  test('streams end when their listener leaves: none is open afterwards', async () => {
    const one = docker.state.addContainer({ name: 'one' })
    await vi.waitFor(() => expect(docker.state.listeners.size).toBe(1))
    const before = docker.openStreams
    for (let round = 0; round < 3; round++) {
      const leaving = new AbortController()
      const streams = [await client.api.container.logs({ id: 'one', follow: true }, { signal: leaving.signal }), await client.api.container.stats({ id: 'one' }, { signal: leaving.signal })]
      for (const stream of streams) await stream.next()
      await vi.waitFor(() => expect(docker.openStreams).toBe(before + 2))
      leaving.abort()
      await vi.waitFor(() => expect(docker.openStreams).toBe(before))
    }
    expect(docker.state.followers.get(one.id)?.size ?? 0).toBe(0)
  })

  test('a Docker that is wrong, says garbage, refuses or breaks off is an error of its own each time, and the next call works', async () => {
    docker.state.addContainer({ name: 'one' })
    const codes = { wrong: 'docker.unreachable', garbage: 'docker.unreachable', refuse: 'docker.refused', gone: 'docker.unreachable', huge: 'docker.unreachable' } as const
    for (const [how, code] of Object.entries(codes)) {
      // A broken connection is tried twice.
      using _rule = docker.misbehave({ match: /^GET \/containers\/one\/json$/, how: how as keyof typeof codes })
      await expect(client.api.container.get({ id: 'one' })).rejects.toMatchObject({ code })
    }
    expect(await client.api.container.get({ id: 'one' })).toMatchObject({ name: 'one' })
  })

  test('what a container uses comes as a stream; the cpu is told from the second sample on', async () => {
    docker.state.addContainer({ name: 'one' })
    const usages = []
    for await (const usage of await client.api.container.stats({ id: 'one' })) if (usages.push(usage) === 2) break
    expect(usages).toMatchObject([{ cpuPercent: null, memoryBytes: 40_000_000, processes: 3 }, { cpuPercent: 10, receivedBytes: 2000 }])
  })

  test('files are listed with what differs, read, written and brought to the host', async () => {
    docker.state.addContainer({ name: 'one', state: 'exited' })
    const { container } = client.api
    expect(await container.files({ id: 'one', path: '/etc/' })).toMatchObject({
      path: '/etc',
      entries: [{ name: 'deep', kind: 'folder', change: null }, { name: 'link', kind: 'link', target: '../x' }, { name: 'new', kind: 'file', bytes: 3, change: 'added' }],
      deleted: ['old'],
      isComplete: true,
    })
    expect(await container.read({ id: 'one', path: '/a.txt', limitBytes: 3 })).toMatchObject({ bytes: 6, mode: 0o600, content: 'ins', isComplete: false })
    await expect(container.read({ id: 'one', path: '/nope' })).rejects.toMatchObject({ code: 'docker.not-found' })
    await container.write({ id: 'one', path: '/a.txt', content: 'x' })
    const to = join(engine.paths.home, 'out.tar')
    expect((await told(await container.download({ id: 'one', path: '/etc', to }))).at(-1)).toMatchObject({ outcome: 'done', result: { path: to } })
    expect(readFileSync(to).subarray(0, 3).toString()).toBe('etc')
    expect((await told(await container.download({ id: 'one', path: '/etc', to }))).at(-1)).toMatchObject({ outcome: 'failed', error: { code: 'file.unwritable' } })
    writeFileSync(join(engine.paths.home, 'up.txt'), 'up')
    expect((await told(await container.upload({ id: 'one', from: [join(engine.paths.home, 'up.txt')], path: '/' }))).at(-1)).toMatchObject({ result: { files: 1, bytes: 2 } })
  })

  test('a terminal can be left and come back to, and says how it ended', async () => {
    docker.state.addContainer({ name: 'one' })
    const { terminal } = client.api
    const { id } = await terminal.open({ container: 'one', columns: 80, rows: 24 })
    const read = async (until: string) => {
      let text = ''
      for await (const event of await terminal.attach({ id })) {
        text += event.kind === 'output' ? Buffer.from(event.base64, 'base64').toString() : event.kind
        if (text.includes(until)) return text
      }
      return text
    }
    expect(await read('hello')).toBe('hello\r\n')
    await terminal.write({ id, base64: Buffer.from('ls\n').toString('base64') })
    expect(await read('ls')).toBe('hello\r\nls\n')
    expect(await terminal.list({})).toMatchObject([{ id, isRunning: true }])
    await terminal.write({ id, base64: Buffer.from('exit\n').toString('base64') })
    expect(await read('end')).toMatch(/end$/)
  })
})

describe('other objects', here, () => {
  test('images say what uses them; a removal names what went', async () => {
    const image = docker.state.addImage(['a:1'])
    expect(await client.api.image.get({ id: 'a:1' })).toMatchObject({ id: image.id, architecture: 'amd64', layers: [{ createdBy: 'RUN <b>make</b>', bytes: 7 }], usedBy: [] })
    expect(await client.api.image.remove({ id: 'a:1' })).toEqual({ untagged: ['a:1'], deleted: [image.id] })
  })

  test('prune removes what its preview listed and nothing that came into use since', async () => {
    const idle = docker.state.addContainer({ name: 'idle', state: 'exited' })
    const busy = docker.state.addContainer({ name: 'busy', state: 'exited' })
    docker.state.volumes.set('free', { name: 'free', labels: {}, bytes: 100 })
    const preview = await client.api.prune.preview()
    expect(preview).toMatchObject({ containers: [{ name: 'idle' }, { name: 'busy' }], volumes: [{ name: 'free', bytes: 100 }], buildCacheBytes: 1234 })
    docker.state.set(busy, 'running', 'start')
    const end = (await told(await client.api.prune.apply({ containers: preview.containers.map(({ id }) => id), volumes: ['free'] }))).at(-1)
    expect(end).toMatchObject({ result: { removed: 2, kept: 1, freedBytes: 4196 } })
    expect([...docker.state.containers.keys()]).toEqual([busy.id])
    expect(docker.state.find(idle.id)).toBeUndefined()
  })

  test('volumes and networks come and go', async () => {
    expect(await client.api.volume.create({ name: 'v', labels: { a: 'b' } })).toMatchObject({ name: 'v', labels: { a: 'b' } })
    expect(await client.api.volume.get({ name: 'v' })).toMatchObject({ usedBy: [], bytes: 0 })
    await client.api.volume.remove({ name: 'v' })
    await expect(client.api.volume.get({ name: 'v' })).rejects.toMatchObject({ code: 'docker.not-found' })
    expect(await client.api.network.get({ id: 'bridge' })).toMatchObject({ isBuiltIn: true, members: [] })
  })

  test('five thousand containers are one list and one look at each that changes', async () => {
    docker.state.fill(5000)
    docker.breakConnections()
    let changes = 0
    let asked = 0
    for await (const change of await client.api.container.watch()) {
      if (change.kind === 'all' && change.objects.length >= 5000) {
        asked = docker.asked.filter((what) => what === 'GET /containers/json').length
        const one = docker.state.find('worker-00007')
        if (one) docker.state.set(one, 'exited', 'die')
      } else if (change.kind === 'changed') {
        expect(change.objects).toMatchObject([{ name: 'worker-00007', state: 'exited' }])
        changes++
        break
      }
    }
    expect(changes).toBe(1)
    expect(docker.asked.filter((what) => what === 'GET /containers/json').length).toBe(asked + 1)
  })
})
