import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connectionRate, pingKeptAlive, pingOnce, pingUntilAnswered } from '#scripts/bench/docker-requests.ts'

let folder: string
let server: Server | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cove-bench-'))
})

afterEach(async () => {
  server?.close()
  server?.closeAllConnections()
  server = undefined
  await rm(folder, { recursive: true })
})

/** Something that answers where Docker would; its path. */
async function listen(answer: RequestListener): Promise<string> {
  const path = join(folder, 'docker.sock')
  server = createServer(answer).listen(path)
  await once(server, 'listening')
  return path
}

const ok: RequestListener = (_request, response) => void response.end('OK')

test('a ping is one connection, opened and closed', async () => {
  let connections = 0
  const path = await listen(ok)
  server?.on('connection', () => connections++)
  expect(await pingOnce(path)).toBeGreaterThan(0)
  expect(await connectionRate(path, 20, 4)).toBeGreaterThan(0)
  expect(connections).toBe(21)
})

test('pings over a kept connection use only one', async () => {
  let connections = 0
  const path = await listen(ok)
  server?.on('connection', () => connections++)
  expect(await pingKeptAlive(path, 25)).toHaveLength(25)
  expect(connections).toBe(1)
})

test('an answer other than 200 is no answer', async () => {
  const path = await listen((_request, response) => void response.writeHead(503).end('no'))
  await expect(pingOnce(path)).rejects.toThrow('did not answer')
})

test('waiting goes on until Docker answers', async () => {
  let asked = 0
  const path = await listen((request, response) => (++asked < 3 ? void request.socket.destroy() : ok(request, response)))
  await pingUntilAnswered(path, 5000)
  expect(asked).toBe(3)
})

test('waiting ends', async () => {
  await expect(pingUntilAnswered(join(folder, 'nobody.sock'), 50)).rejects.toThrow('within 0.05 s')
})
