import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test, vi } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { Machine } from '#engine/life/machine.ts'
import { type PublishedPort, WakePorts } from '#engine/sleep/wake-ports.ts'

/** A port that nobody listens on now. */
async function freePort(): Promise<PublishedPort> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return { hostAddress: '127.0.0.1', hostPort: port }
}

/** What a container behind the port answers once the vm runs: what it was told, in capitals. */
async function serveLoud({ hostAddress, hostPort }: PublishedPort): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => void text(socket).then((said) => socket.end(said.toUpperCase())))
  server.listen(hostPort, hostAddress)
  await once(server, 'listening')
  return server
}

function fallAsleep(machine: Machine): void {
  machine.go('starting')
  machine.go('running')
  machine.go('sleeping', { step: 'save' })
  machine.go('sleeping')
}

async function ask({ hostAddress, hostPort }: PublishedPort, question: string): Promise<string> {
  const socket = connect({ host: hostAddress, port: hostPort, allowHalfOpen: true })
  await once(socket, 'connect')
  socket.end(question)
  return await text(socket)
}

test('the first connection wakes the vm, and all who waited are led to the port that is open again', async () => {
  const port = await freePort()
  const machine = new Machine('/d.sock')
  let server: Server | undefined
  const wake = vi.fn(async () => {
    if (machine.state === 'waking') return [port]
    machine.go('waking', { step: 'memory' })
    server = await serveLoud(port)
    machine.go('running')
    return [port]
  })
  using _ports = new WakePorts({ machine, ports: async () => [port], wake, log: silentLogger })
  fallAsleep(machine)
  await vi.waitFor(async () => expect(await ask(port, 'are you there?')).toBe('ARE YOU THERE?'))
  expect(machine.state).toBe('running')
  expect(await ask(port, 'and again')).toBe('AND AGAIN')
  expect(wake).toHaveBeenCalledTimes(1)
  server?.close()
})

test('while it runs, or falls asleep, the port is left alone', async () => {
  const port = await freePort()
  const machine = new Machine('/d.sock')
  using _ports = new WakePorts({ machine, ports: async () => [port], wake: async () => [], log: silentLogger })
  machine.go('starting')
  machine.go('running')
  machine.go('sleeping', { step: 'save' })
  await new Promise((resolve) => setImmediate(resolve))
  ;(await serveLoud(port)).close()
})

test('who waited is not led to a program that took the port while the vm woke', async () => {
  const port = await freePort()
  const machine = new Machine('/d.sock')
  let other: Server | undefined
  const wake = async (): Promise<PublishedPort[]> => {
    machine.go('waking', { step: 'memory' })
    other = await serveLoud(port)
    machine.go('running')
    return [{ ...port, hostPort: port.hostPort + 1 }]
  }
  using _ports = new WakePorts({ machine, ports: async () => [port], wake, log: silentLogger })
  fallAsleep(machine)
  await vi.waitFor(async () => expect(await ask(port, 'a secret')).toBe(''))
  other?.close()
})

test('a port that another program has taken, and a vm that does not wake, harm nobody', async () => {
  const [taken, port] = [await freePort(), await freePort()]
  const other = await serveLoud(taken)
  const machine = new Machine('/d.sock')
  using _ports = new WakePorts({ machine, ports: async () => [taken, port], wake: () => Promise.reject(new Error('no QEMU')), log: silentLogger })
  fallAsleep(machine)
  await vi.waitFor(async () => expect(await ask(port, 'hello')).toBe(''))
  expect(await ask(taken, 'still there')).toBe('STILL THERE')
  other.close()
})
