import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { buildAcceptQueue } from '#scripts/build/accept-queue.ts'
import { tempDir } from '../../base/temp-dir.ts'

/** As QEMU's user network does: room for one, and slow to accept. */
const server = "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(1); print(s.getsockname()[1], flush=True); input()"

test.runIf(process.platform === 'linux')('as many clients as come at once are let in, however short a queue the program asks for', async () => {
  await using dir = tempDir()
  const library = dir.at('accept-queue.so')
  await buildAcceptQueue(library)
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
