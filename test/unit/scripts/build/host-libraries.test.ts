import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { buildHostLibraries } from '#scripts/build/host-libraries.ts'
import { tempDir } from '../../base/temp-dir.ts'

/** As QEMU's user network does: room for one, and slow to accept. */
const server = "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(1); print(s.getsockname()[1], flush=True); input()"

test.runIf(process.platform === 'linux')('as many clients as come at once are let in, however short a queue the program asks for', async () => {
  await using dir = tempDir()
  await buildHostLibraries(dir.path)
  const library = dir.at('accept-queue.so')
  const program: ChildProcess = spawn('python3', ['-c', server], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, LD_PRELOAD: library } })
  try {
    const [port] = (await once(program.stdout!, 'data')) as [Buffer]
    const clients = Array.from({ length: 20 }, () => connect(Number(port), '127.0.0.1'))
    // Nobody accepts: those without a place in the queue would wait for their connection for ever.
    await Promise.all(clients.map((client) => once(client, 'connect')))
    expect(clients.every(({ connecting }) => !connecting)).toBe(true)
    for (const client of clients) client.destroy()
  } finally {
    program.kill('SIGKILL')
    await once(program, 'exit')
  }
})

/** Frees every other one of its buffers, so that the heap's end stays in use; prints how many bytes go back, and how many buffers are left. */
const holes = `
  const module = { exports: {} }
  process.dlopen(module, process.argv[1])
  const buffers = Array.from({ length: 3000 }, () => Buffer.allocUnsafeSlow(32_768).fill(1))
  for (let i = 0; i < buffers.length; i += 2) buffers[i] = undefined
  gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  const before = process.memoryUsage.rss()
  module.exports()
  console.log(JSON.stringify([before - process.memoryUsage.rss(), buffers.filter(Boolean).length]))`

test.runIf(process.platform === 'linux')('memory that was freed goes back to the system', async () => {
  await using dir = tempDir()
  await buildHostLibraries(dir.path)
  const { stdout } = await execa(process.execPath, ['--expose-gc', '--eval', holes, dir.at('memory-trim.node')], { env: { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '65536' } })
  const [freed, kept] = JSON.parse(stdout) as [number, number]
  expect(kept).toBe(1500)
  expect(freed).toBeGreaterThan(30_000_000)
})

/** Lets go of its code while another thread runs some; prints how many bytes go, and what both can do afterwards. */
const code = `
  const { createHash } = require('node:crypto')
  const { Worker } = require('node:worker_threads')
  const module = { exports: {} }
  process.dlopen(module, process.argv[1])
  const work = "let text = ''; for (let i = 0; i < 2000; i++) text = require('node:crypto').createHash('sha256').update(text + i).digest('hex');"
  const other = new Worker(work + "require('node:worker_threads').parentPort.postMessage(text)", { eval: true })
  other.once('message', (theirs) => {
    module.exports(false)
    const before = process.memoryUsage.rss()
    module.exports(true)
    const freed = before - process.memoryUsage.rss()
    gc()
    eval(work + 'console.log(JSON.stringify([freed, text === theirs]))')
  })
  for (let i = 0; i < 100; i++) module.exports(true)`

test.runIf(process.platform === 'linux')('code is let go of, and is there when it is needed', async () => {
  await using dir = tempDir()
  await buildHostLibraries(dir.path)
  const { stdout } = await execa(process.execPath, ['--expose-gc', '--eval', code, dir.at('memory-trim.node')])
  const [freed, isRight] = JSON.parse(stdout) as [number, boolean]
  expect(isRight).toBe(true)
  expect(freed).toBeGreaterThan(5_000_000)
})
