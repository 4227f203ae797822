import { once } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { parseDockerEvent } from '#engine/docker/docker-event.ts'
import { smallDocker } from './small-docker.ts'

const signal = AbortSignal.timeout(10_000)

describe('the live model of containers', () => {
  test('lists once, then asks only for the container that an event names', async () => {
    await using docker = await smallDocker()
    docker.containers.set('a', { State: 'running' }).set('b', { State: 'exited' })
    const { live } = docker.client
    await live.ready(signal)
    expect(live.containers.get('a')).toMatchObject({ id: 'a', name: 'n-a', image: 'i', state: 'running', networkMode: 'bridge', ports: [{ protocol: 'tcp', containerPort: 80, hostPort: 8080, hostIp: '127.0.0.1' }] })
    expect(live.alive).toBe(1)
    docker.containers.set('b', { State: 'running' })
    docker.tell('start', 'b')
    await vi.waitFor(() => expect(live.alive).toBe(2))
    docker.containers.delete('a')
    docker.tell('destroy', 'a')
    await vi.waitFor(() => expect([...live.containers.keys()]).toEqual(['b']))
    expect(docker.asked).toEqual(['all', 'b', 'a'])
  })

  test('gives the containers as Docker has them now, whatever its events have told yet', async () => {
    await using docker = await smallDocker()
    const { live } = docker.client
    await live.ready(signal)
    docker.containers.set('b', { State: 'running' })
    expect((await live.containersNow(signal)).map(({ id }) => id)).toEqual(['b'])
    expect(live.containers.size).toBe(0)
    docker.serve('/containers/json', (_, response) => response.writeHead(500).end('{"message":"not now"}'))
    await expect(live.containersNow(signal)).rejects.toThrow('not now')
    docker.client[Symbol.dispose]()
    await expect(live.containersNow(signal)).rejects.toMatchObject({ name: 'AbortError' })
  })

  test('passes over what changes no container, tells it all the same, and looks at what it does not know', async () => {
    await using docker = await smallDocker()
    const { live } = docker.client
    const told: string[] = []
    live.on('event', ({ type, action }) => told.push(`${type} ${action}`))
    await live.ready(signal)
    docker.tell('exec_start: /bin/true', 'a')
    docker.tell('prune', '', 'image')
    docker.tell('teleport', 'a')
    await vi.waitFor(() => expect(docker.asked).toEqual(['all', 'a']))
    expect(told).toEqual(['container exec_start: /bin/true', 'image prune', 'container teleport'])
  })

  test('lists anew when the event stream was away, and when very much happens at once', async () => {
    await using docker = await smallDocker()
    const { live } = docker.client
    await live.ready(signal)
    docker.containers.set('c', { State: 'paused' })
    docker.events.at(-1)?.end()
    await vi.waitFor(() => expect(live.containers.get('c')?.state).toBe('paused'))
    expect(docker.events).toHaveLength(2)
    for (let index = 0; index < 500; index++) {
      docker.containers.set(`x${index}`, { State: 'running' })
      docker.tell('start', `x${index}`)
    }
    await vi.waitFor(() => expect(live.alive).toBe(501))
    expect(docker.asked.length).toBeLessThan(100)
  })

  test('lets go of a Docker that ends, opens no stream until it is there again, and lists anew then', async () => {
    await using docker = await smallDocker()
    const { live } = docker.client
    await live.ready(signal)
    const left = once(docker.events[0]!, 'close')
    const again = Promise.withResolvers<void>()
    live.letGo(again.promise)
    await left
    docker.containers.set('c', { State: 'paused' })
    await after(300)
    expect(docker.events).toHaveLength(1)
    expect(live.containers.has('c')).toBe(false)
    again.reject(new Error('not in time'))
    await vi.waitFor(() => expect(live.containers.get('c')?.state).toBe('paused'))
    expect(docker.events).toHaveLength(2)
  })

  test('a look at one container that fails while events still come loses nothing: all are listed', async () => {
    await using docker = await smallDocker()
    const { live } = docker.client
    await live.ready(signal)
    const asked: string[] = []
    docker.serve('/containers/json', ({ url }, response) => {
      const isOne = url?.includes('filters') === true
      asked.push(isOne ? 'one' : 'all')
      if (isOne) response.writeHead(500).end('{"message":"not now"}')
      else response.end(JSON.stringify([{ Id: 'a', Names: ['/a'], Image: 'i', State: 'paused' }]))
    })
    const listed = new Promise<void>((resolve) => void live.on('listed', resolve))
    docker.tell('pause', 'a')
    await listed
    expect(live.containers.get('a')?.state).toBe('paused')
    expect(asked).toEqual(['one', 'all'])
    expect(docker.events).toHaveLength(1)
  })

  test('of a running container that joined a network is asked again once Docker is done with it: its list told the former ones until then', async () => {
    await using docker = await smallDocker()
    docker.containers.set('a', { State: 'running' }).set('b', { State: 'exited' })
    const { live } = docker.client
    await live.ready(signal)
    const joined = Promise.withResolvers<void>()
    docker.serve('/containers/a/json', (_, response) => void joined.promise.then(() => response.end('{"Id":"a"}')))
    docker.tell('connect', 'n', 'network', { container: 'a', name: 'back' })
    docker.tell('connect', 'n', 'network', { container: 'b', name: 'back' })
    await vi.waitFor(() => expect(docker.asked).toEqual(['all', 'a', 'b']))
    docker.containers.set('a', { State: 'running', NetworkSettings: { Networks: { back: { IPAddress: '10.0.0.2' } } } })
    joined.resolve()
    await vi.waitFor(() => expect(live.containers.get('a')?.networks).toEqual(['back']))
    expect(docker.asked).toEqual(['all', 'a', 'b', 'a'])
  })

  test('takes bytes that are no events, cut anywhere, without harm', async () => {
    await using docker = await smallDocker()
    const { live } = docker.client
    await live.ready(signal)
    docker.containers.set('ü', { State: 'running' })
    docker.events.at(-1)?.write('not json\n{"Type":1}\n\n{}\n')
    docker.events.at(-1)?.write('x'.repeat(3_000_000))
    docker.events.at(-1)?.write('\n')
    const line = Buffer.from(`${JSON.stringify({ Type: 'container', Action: 'start', Actor: { ID: 'ü' } })}\n`)
    for (const byte of line) docker.events.at(-1)?.write(Buffer.from([byte]))
    await vi.waitFor(() => expect(live.alive).toBe(1))
  })

  test('a client that is let go ends its stream', async () => {
    await using docker = await smallDocker()
    const { live } = docker.client
    await live.ready(signal)
    const closed = new Promise((resolve) => docker.events[0]?.on('close', resolve))
    docker.client[Symbol.dispose]()
    await closed
    expect(docker.events).toHaveLength(1)
  })
})

test('an event of Docker 29 has no status and id; one without an actor is still an event', () => {
  expect(parseDockerEvent('{"Type":"container","Action":"health_status: healthy","Actor":{"ID":"a","Attributes":{"image":"i"}}}')).toEqual({ type: 'container', action: 'health_status: healthy', id: 'a', attributes: { image: 'i' } })
  expect(parseDockerEvent('{"Type":"daemon","Action":"reload"}')).toEqual({ type: 'daemon', action: 'reload', id: '', attributes: {} })
  expect(parseDockerEvent('{"status":"start","id":"a"}')).toBeUndefined()
})
