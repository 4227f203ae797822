import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { receiveBulk, sendBulk } from '#scripts/bench/bulk.ts'
import { benchResources } from '#scripts/bench/reference/recipe.ts'

let folder: string
let socket: string
let peer: ChildProcess | undefined

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cove-bench-'))
  socket = join(folder, 'peer.sock')
  const program = join(folder, 'bulk-peer')
  await execa('gcc', ['-O1', '-Wall', '-Werror', '-o', program, join(benchResources, 'bulk-peer.c')])
  const started = spawn(program, [socket], { stdio: ['ignore', 'pipe', 'inherit'] })
  peer = started
  await once(started.stdout, 'data')
})

afterAll(async () => {
  peer?.kill()
  await rm(folder, { recursive: true })
})

test('bytes go to the peer until it has read them all', async () => {
  expect(await sendBulk(socket, 3_000_001)).toBeGreaterThan(0)
})

test('as many bytes come from the peer as were asked for', async () => {
  expect(await receiveBulk(socket, 3_000_001)).toBeGreaterThan(0)
})

test('transfers may run side by side', async () => {
  const rates = await Promise.all([sendBulk(socket, 1e6), receiveBulk(socket, 1e6), sendBulk(socket, 1e6)])
  expect(rates.every((rate) => rate > 0)).toBe(true)
})
