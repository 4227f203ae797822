import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { CoveError } from '#contract/errors.ts'
import type { Forward } from '#engine/ports/host-ports.ts'
import { type GuestPorts, PortBook, type PortState } from '#engine/ports/port-book.ts'
import type { BindRule, WantedPort } from '#engine/ports/port-plan.ts'

function wanted(id: number, changes: Partial<WantedPort> = {}): WantedPort {
  return { id, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 20_000 + id, containerAddress: '172.17.0.2', containerPort: 80, guestPort: 1023 + id, isWaiting: true, ...changes }
}

/** A vm's side: forwards in a list, refused where something is there already. */
class FakePorts implements GuestPorts {
  readonly said: string[] = []
  forwards: Forward[] = []
  busy = new Set<number>()

  askWanted(after: number): void {
    this.said.push(`list after ${after}`)
  }
  followListeners(isOn: boolean): void {
    if (isOn) this.said.push('listeners')
  }
  answer(id: number, problem?: string): void {
    this.said.push(`answer ${id}${problem === undefined ? '' : ` ${problem}`}`)
  }
  async add(forward: Forward): Promise<Forward> {
    const isTaken = this.forwards.some(({ hostAddress, hostPort, protocol }) => hostAddress === forward.hostAddress && hostPort === forward.hostPort && protocol === forward.protocol)
    if (isTaken || this.busy.has(forward.hostPort)) throw new CoveError('port.refused', { message: `no ${forward.hostPort}` })
    const given = { protocol: forward.protocol, hostAddress: forward.hostAddress, hostPort: forward.hostPort === 0 ? 50_000 + forward.guestPort : forward.hostPort, guestPort: forward.guestPort }
    this.forwards.push(given)
    return given
  }
  async remove({ hostAddress, hostPort, protocol }: Forward): Promise<void> {
    this.forwards = this.forwards.filter((one) => one.hostAddress !== hostAddress || one.hostPort !== hostPort || one.protocol !== protocol)
  }
  async list(): Promise<Forward[]> {
    return [...this.forwards]
  }
  get places(): string[] {
    return this.forwards.map(({ hostAddress, hostPort, guestPort }) => `${hostAddress}:${hostPort} to ${guestPort}`)
  }
}

function openBook(ports: FakePorts) {
  const told = { refused: [] as PortState[], warned: [] as string[][], rule: 'loopback' as BindRule, listeners: false }
  const book = new PortBook({
    ports,
    rule: () => told.rule,
    withListeners: () => told.listeners,
    log: silentLogger,
    onRefused: (state) => told.refused.push(state),
    onChange: (states) => told.warned.push(states.map(({ problem }) => problem ?? '')),
  })
  book.begin()
  return { book, told }
}

/** All that the book was told is done. */
async function settled(book: PortBook): Promise<void> {
  await book.synced
  await book.retry()
}

describe('a book of published ports', () => {
  test('opens what is wanted in order, answers whoever waits, and closes what is not wanted any more', async () => {
    const ports = new FakePorts()
    const { book } = openBook(ports)
    book.hear({ type: 'ports', ports: [], isLast: true })
    book.hear({ type: 'port', ...wanted(1) })
    book.hear({ type: 'port', ...wanted(2, { isWaiting: false }) })
    await settled(book)
    expect(ports.places).toEqual(['127.0.0.1:20001 to 1024', '127.0.0.1:20002 to 1025'])
    expect(ports.said).toEqual(['list after 0', 'answer 1'])
    book.hear({ type: 'port-closed', id: 1 })
    book.hear({ type: 'port-closed', id: 77 })
    await settled(book)
    expect(ports.places).toEqual(['127.0.0.1:20002 to 1025'])
  })

  test('a port that moves to another container is free before it is opened anew', async () => {
    const ports = new FakePorts()
    const { book, told } = openBook(ports)
    book.hear({ type: 'ports', ports: [], isLast: true })
    book.hear({ type: 'port', ...wanted(1) })
    book.hear({ type: 'port-closed', id: 1 })
    book.hear({ type: 'port', ...wanted(2, { hostPort: 20_001 }) })
    await settled(book)
    expect(ports.places).toEqual(['127.0.0.1:20001 to 1025'])
    expect(told.refused).toEqual([])
  })

  test('takes over what a former engine opened, closes what is left of it, and reads every page', async () => {
    const ports = new FakePorts()
    ports.forwards = [
      { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 20_001, guestPort: 1024 },
      { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 20_002, guestPort: 9999 },
      { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 29_999, guestPort: 1029 },
    ]
    const { book, told } = openBook(ports)
    book.hear({ type: 'port', ...wanted(3) })
    book.hear({ type: 'ports', ports: [wanted(1, { isWaiting: false })], isLast: false })
    expect(ports.said).toEqual(['list after 0', 'list after 1'])
    book.hear({ type: 'ports', ports: [wanted(2, { isWaiting: false }), wanted(3)], isLast: true })
    await book.synced
    expect(ports.places.toSorted()).toEqual(['127.0.0.1:20001 to 1024', '127.0.0.1:20002 to 1025', '127.0.0.1:20003 to 1026'])
    expect(ports.said.at(-1)).toBe('answer 3')
    expect(told.refused).toEqual([])
  })

  test('a refusal is told to whoever waits; to the status only where nobody did', async () => {
    const ports = new FakePorts()
    ports.busy.add(20_001).add(20_002)
    const { book, told } = openBook(ports)
    book.hear({ type: 'ports', ports: [wanted(2, { isWaiting: false })], isLast: true })
    book.hear({ type: 'port', ...wanted(1) })
    book.hear({ type: 'port', ...wanted(3) })
    await book.synced
    await expect.poll(() => told.warned.length).toBe(3)
    expect(ports.said.slice(1)).toEqual(['answer 1 failed to bind host port 127.0.0.1:20001/tcp: no 20001', 'answer 3'])
    expect(told.warned.at(-1)).toEqual(['failed to bind host port 127.0.0.1:20002/tcp: no 20002'])
    expect(told.refused.map(({ want }) => want.id)).toEqual([2, 1])
    expect(book.list().map(({ problem }) => problem !== undefined)).toEqual([true, true, false])
    expect(book.list().map(({ remark }) => remark?.code)).toEqual([expect.stringMatching(/^port\./), expect.stringMatching(/^port\./), undefined])
  })

  test('a proxy that went on without the answer turns its refusal into a warning', async () => {
    const ports = new FakePorts()
    ports.busy.add(20_001)
    const { book, told } = openBook(ports)
    book.hear({ type: 'ports', ports: [], isLast: true })
    book.hear({ type: 'port', ...wanted(1) })
    await book.synced
    await expect.poll(() => told.refused.length).toBe(1)
    expect(told.warned.at(-1)).toEqual([])
    book.hear({ type: 'port', ...wanted(1, { isWaiting: false }) })
    await expect.poll(() => told.warned.at(-1)?.length).toBe(1)
    ports.busy.clear()
    await book.retry()
    expect(told.warned.at(-1)).toEqual([])
    expect(ports.places).toEqual(['127.0.0.1:20001 to 1024'])
  })

  test('says what is in the way on this computer', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const ports = new FakePorts()
    ports.busy.add(port)
    const { book } = openBook(ports)
    book.hear({ type: 'ports', ports: [wanted(1, { hostPort: port, hostAddress: '0.0.0.0' })], isLast: true })
    await book.synced
    expect(ports.said.at(-1)).toMatch(new RegExp(`^answer 1 failed to bind host port 127\\.0\\.0\\.1:${port}/tcp: address already in use`))
    server.close()
  })

  test('follows the rule when it changes', async () => {
    const ports = new FakePorts()
    const { book, told } = openBook(ports)
    book.hear({ type: 'ports', ports: [wanted(1, { hostAddress: '0.0.0.0' }), wanted(2)], isLast: true })
    await book.synced
    told.rule = 'all'
    await book.retry()
    expect(ports.places.toSorted()).toEqual(['0.0.0.0:20001 to 1024', '127.0.0.1:20002 to 1025'])
  })

  test('asks for servers that Docker did not publish only where the setting says so', async () => {
    const ports = new FakePorts()
    const { book, told } = openBook(ports)
    book.hear({ type: 'ports', ports: [], isLast: true })
    await book.follow()
    expect(ports.said).toEqual(['list after 0'])
    told.listeners = true
    await book.follow()
    expect(ports.said).toEqual(['list after 0', 'listeners'])
  })

  test('leads IPv6 to the IPv4 port beside it, to one of its own where there is none, and lets go of both', async () => {
    const ports = new FakePorts()
    const { book } = openBook(ports)
    const twin = wanted(2, { hostAddress: '::', hostPort: 20_001 })
    book.hear({ type: 'ports', ports: [wanted(1, { hostAddress: '0.0.0.0' }), twin, wanted(3, { hostAddress: '::1' })], isLast: true })
    await book.synced
    expect(ports.places).toEqual(['127.0.0.1:20001 to 1024', `127.0.0.1:${50_000 + 1026} to 1026`])
    expect(book.list().map(({ binding }) => binding.hostAddress)).toEqual(['127.0.0.1', '::1', '::1'])
    for (const id of [1, 2, 3]) book.hear({ type: 'port-closed', id })
    await settled(book)
    expect(ports.places).toEqual([])
  })

  test('an engine that ends leaves the forwards of the vm and answers nobody', async () => {
    const ports = new FakePorts()
    const { book, told } = openBook(ports)
    book.hear({ type: 'ports', ports: [wanted(1), wanted(2, { hostAddress: '::1' })], isLast: true })
    await book.synced
    await book[Symbol.asyncDispose]()
    expect(ports.places).toContain('127.0.0.1:20001 to 1024')
    expect(told.warned.at(-1)).toEqual([])
    expect(book.list()).toEqual([])
  })

  test('opens at most 4096 ports, whatever a guest asks for', async () => {
    const ports = new FakePorts()
    const { book } = openBook(ports)
    const many = Array.from({ length: 4100 }, (_, i) => wanted(i + 1, { guestPort: 1024 + i }))
    book.hear({ type: 'ports', ports: many, isLast: true })
    await book.synced
    expect(ports.forwards).toHaveLength(4096)
    expect(ports.said.filter((line) => line.includes('more than 4096'))).toHaveLength(4)
  })

  test('a container without IPv4 is refused with the reason', async () => {
    const ports = new FakePorts()
    const { book } = openBook(ports)
    book.hear({ type: 'ports', ports: [wanted(1, { guestPort: 0, hostAddress: '::' })], isLast: true })
    await book.synced
    expect(ports.said.at(-1)).toContain('no IPv4 address')
  })
})
