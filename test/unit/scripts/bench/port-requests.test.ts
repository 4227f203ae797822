import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '#scripts/bench/free-port.ts'
import { tellMonitor } from '#scripts/bench/monitor.ts'
import { dial, ping, PortClients, untilAnswered } from '#scripts/bench/port-requests.ts'
import { benchResources } from '#scripts/bench/reference/recipe.ts'

let folder: string
let port: number
let peer: ChildProcess

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cove-bench-'))
  const program = join(folder, 'port-peer')
  await execa('gcc', ['-O1', '-Wall', '-Werror', '-o', program, join(benchResources, 'port-peer.c')])
  port = await freePort()
  const started = spawn(program, [String(port)], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
  peer = started
  await once(started.stdout, 'data')
})

afterAll(async () => {
  // The whole group: its processes wait for clients.
  process.kill(-(peer.pid ?? 0), 'SIGKILL')
  await rm(folder, { recursive: true })
})

test('requests go over connections that stay open or are made for each, bytes both ways over several at once', async () => {
  using clients = await PortClients.open(port, 3)
  expect(await clients.requestRate(20)).toBeGreaterThan(0)
  expect(await clients.connectionRate(20)).toBeGreaterThan(0)
  expect(await clients.bulkRate(300_001, 'down')).toBeGreaterThan(0)
  expect(await clients.bulkRate(300_001, 'up')).toBeGreaterThan(0)
  // Nothing of a transfer is left over for the next answer.
  expect(await clients.requestRate(6)).toBeGreaterThan(0)
})

test('a peer that closes instead of answering is an error', async () => {
  await using server = await listen((socket) => socket.once('data', () => socket.end()))
  const address = server.address()
  const socket = await dial(typeof address === 'object' && address ? address.port : 0)
  await expect(ping(socket)).rejects.toThrow('closed the connection')
  socket.destroy()
})

test('a peer that is not up yet is asked again', async () => {
  let asked = 0
  await using server = await listen((socket) => socket.on('error', () => undefined).once('data', () => (asked++ < 3 ? socket.resetAndDestroy() : socket.write('pong\n'))))
  const address = server.address()
  await untilAnswered(typeof address === 'object' && address ? address.port : 0)
  expect(asked).toBe(4)
})

test('what the monitor answers to a line is an error, events between are none', async () => {
  const said: string[] = []
  const path = join(folder, 'qmp.sock')
  const event = '{"event":"RESUME"}\r\n'
  await using _server = await listen((socket) => {
    socket.write('{"QMP":{}}\r\n')
    socket.on('data', (data) => {
      said.push(data.toString())
      socket.write(`${event}${JSON.stringify({ return: data.includes('bad') ? 'unknown command' : data.includes('human') ? '' : {} })}\r\n`)
    })
  }, path)
  await tellMonitor(path, ['good'])
  await expect(tellMonitor(path, ['bad'])).rejects.toThrow('QEMU answered to "bad": unknown command')
  expect(said[0]).toContain('qmp_capabilities')
})

async function listen(serve: (socket: import('node:net').Socket) => void, path?: string): Promise<Server> {
  const server = createServer(serve)
  if (path === undefined) server.listen(0, '127.0.0.1')
  else server.listen(path)
  await once(server, 'listening')
  return server
}
