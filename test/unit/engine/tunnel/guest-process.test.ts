import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { openTunnel } from '#engine/tunnel/open-tunnel.ts'
import type { Tunnel } from '#engine/tunnel/tunnel.ts'
import { startSshd } from '../../../fixtures/sshd/sshd.ts'

async function setUp() {
  await using stack = new AsyncDisposableStack()
  const sshd = stack.use(await startSshd())
  const tunnel: Tunnel = stack.use(openTunnel({ target: sshd.target, log: silentLogger }))
  const all = stack.move()
  return { tunnel, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

const reader = (stream: NodeJS.ReadableStream) => text(stream as AsyncIterable<Buffer>)

describe('run', () => {
  test('stdin, stdout, stderr and the exit code are carried apart', async () => {
    await using own = await setUp()
    await using process = await own.tunnel.run({ command: 'cat; echo problem >&2; exit 7', tty: null })
    process.stdin.end('typed')
    expect(await Promise.all([reader(process.stdout), reader(process.stderr), process.exited])).toEqual([
      'typed',
      'problem\n',
      { exitCode: 7, signal: null },
    ])
  })

  test('a command that has ended before anybody could ask keeps its exit code', async () => {
    await using own = await setUp()
    await own.tunnel.ready(AbortSignal.timeout(5000))
    let isRunning = false
    const running = own.tunnel.run({ command: 'exit 5', tty: null }).finally(() => (isRunning = true))
    while (!isRunning) {
      // This process stands still again and again, so that the channel, the exit and the end of both come in one packet.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await using process = await running
    process.stdout.resume()
    expect((await process.exited).exitCode).toBe(5)
  })

  test('a terminal has the asked size, and the new one after a resize', async () => {
    await using own = await setUp()
    const tty = { term: 'xterm-256color', columns: 91, rows: 31 }
    await using process = await own.tunnel.run({ command: 'echo $TERM; stty size; read _; stty size', tty })
    let output = ''
    for await (const chunk of process.stdout) {
      output += String(chunk)
      if (!output.includes('31 91') || output.includes('40 120')) continue
      process.resize(120, 40)
      process.stdin.write('\n')
    }
    expect(output).toContain('xterm-256color')
    expect(output).toContain('40 120')
  })

  test('a login shell runs what is typed', async () => {
    await using own = await setUp()
    await using process = await own.tunnel.run({ command: null, tty: null })
    process.stdin.end('echo in the shell; exit 3\n')
    expect(await reader(process.stdout)).toContain('in the shell')
    expect(await process.exited).toEqual({ exitCode: 3, signal: null })
  })

  test('a signal reaches the process and is told as its end', async () => {
    await using own = await setUp()
    await using process = await own.tunnel.run({ command: 'echo started; exec sleep 60', tty: null })
    await once(process.stdout, 'readable')
    process.signal('TERM')
    expect(await process.exited).toEqual({ exitCode: null, signal: 'SIGTERM' })
  })

  test('with a terminal a signal is its key', async () => {
    await using own = await setUp()
    const tty = { term: 'dumb', columns: 80, rows: 24 }
    await using process = await own.tunnel.run({ command: 'echo started; exec sleep 60', tty })
    await once(process.stdout, 'readable')
    process.signal('SIGINT')
    expect(await process.exited).toEqual({ exitCode: null, signal: 'SIGINT' })
  })

  test('an aborted command ends at once', async () => {
    await using own = await setUp()
    const abort = new AbortController()
    await using process = await own.tunnel.run({ command: 'exec sleep 60', tty: null, signal: abort.signal })
    abort.abort()
    expect(await process.exited).toEqual({ exitCode: null, signal: null })
  })

  test('losing the session fails what runs in it', async () => {
    await using own = await setUp()
    await using process = await own.tunnel.run({ command: 'exec sleep 60', tty: null })
    own.tunnel.reset()
    await expect(process.exited).rejects.toMatchObject({ code: 'tunnel.unreachable', message: expect.stringContaining('was lost') })
  })

  test('output that nobody reads is held back in the guest', async () => {
    await using own = await setUp()
    await using process = await own.tunnel.run({ command: 'head -c 50000000 /dev/zero; echo done >&2', tty: null })
    const stderr = reader(process.stderr)
    const first = await Promise.race([stderr, own.tunnel.capture('sleep 0.3; echo later')])
    expect(first).toBe('later\n')
    let bytes = 0
    for await (const chunk of process.stdout) bytes += chunk.length
    expect(bytes).toBe(50_000_000)
    expect(await stderr).toBe('done\n')
  })
})

describe('capture', () => {
  test('the output of a command is returned', async () => {
    await using own = await setUp()
    expect(await own.tunnel.capture('printf "one\\ntwo"')).toBe('one\ntwo')
  })

  test('a failing command is an error with its exit code and last words', async () => {
    await using own = await setUp()
    await expect(own.tunnel.capture('echo oh no >&2; exit 4')).rejects.toMatchObject({
      code: 'vm.guest-failed',
      message: '"echo oh no >&2; exit 4" in the guest ended with exit code 4: oh no',
    })
  })

  test('long output is cut at 1 MiB and read to its end', async () => {
    await using own = await setUp()
    expect(await own.tunnel.capture('head -c 5000000 /dev/zero')).toHaveLength(1024 * 1024)
  })

  test('an aborted capture ends with the reason', async () => {
    await using own = await setUp()
    const reason = new Error('enough')
    const abort = new AbortController()
    const running = own.tunnel.capture('sleep 60', abort.signal)
    abort.abort(reason)
    await expect(running).rejects.toBe(reason)
  })

  test('15 commands run at once', async () => {
    await using own = await setUp()
    const outputs = await Promise.all(Array.from({ length: 15 }, (_, index) => own.tunnel.capture(`echo ${index}`)))
    expect(outputs).toEqual(Array.from({ length: 15 }, (_, index) => `${index}\n`))
  })
})
