import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { expect, test, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { CoveError } from '#contract/errors.ts'
import { ShellEnd, type ShellControl, type ShellOpen } from '#contract/shell.ts'
import { serveShell } from '#engine/server/shell-session.ts'
import type { GuestCommand, GuestProcess, Tunnel } from '#engine/tunnel/tunnel.ts'
import { startTestEngine } from '../test-engine.ts'
import { rawWebSocket } from './raw-client.ts'

/** A process in the guest that does what the test says. */
class FakeProcess implements GuestProcess {
  readonly stdin = new PassThrough()
  readonly stdout = new PassThrough()
  readonly stderr = new PassThrough()
  readonly #exit = Promise.withResolvers<{ exitCode: number | null; signal: string | null }>()
  readonly exited = this.#exit.promise
  readonly calls: string[] = []
  disposals = 0

  resize(columns: number, rows: number): void {
    this.calls.push(`resize ${columns}x${rows}`)
  }
  signal(name: string): void {
    this.calls.push(`signal ${name}`)
  }
  end(exitCode: number | null, signal: string | null = null): void {
    this.stdout.end()
    this.stderr.end()
    this.#exit.resolve({ exitCode, signal })
  }
  fail(error: Error): void {
    this.#exit.promise.catch(() => undefined)
    this.#exit.reject(error)
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.disposals++
  }
}

/** An engine whose shells run one fake process. */
async function startShellEngine(run?: (command: GuestCommand) => Promise<GuestProcess>) {
  const process = new FakeProcess()
  const commands: GuestCommand[] = []
  const tunnel = {
    run: (command: GuestCommand) => {
      commands.push(command)
      return run ? run(command) : Promise.resolve(process)
    },
  } as Partial<Tunnel> as Tunnel
  const engine = await startTestEngine({ onShell: (socket) => void serveShell(socket, () => tunnel) })
  return { engine, process, commands, [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose]() }
}

/** A client of the side-channel. */
async function openShell(path: string, opening: ShellOpen | string | null = { command: 'cat', tty: null }) {
  const socket: WebSocket = await rawWebSocket(path, '/shell')
  const chunks: Record<1 | 2, Buffer[]> = { 1: [], 2: [] }
  const ended = Promise.withResolvers<ShellEnd>()
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) return ended.resolve(ShellEnd.parse(JSON.parse(data.toString())))
    chunks[data[0] === 1 ? 1 : 2].push(data.subarray(1))
  })
  const closed = new Promise((resolve) => socket.once('close', resolve))
  if (opening !== null) socket.send(typeof opening === 'string' ? opening : JSON.stringify(opening))
  return {
    socket,
    output: (stream: 1 | 2) => Buffer.concat(chunks[stream]),
    ended: ended.promise,
    closed,
    say: (control: ShellControl) => socket.send(JSON.stringify(control)),
    [Symbol.dispose]: () => socket.terminate(),
  }
}

test('bytes go in, both outputs come out apart, and the exit code ends it', async () => {
  await using shell = await startShellEngine()
  using client = await openShell(shell.engine.paths.engineSocket, { command: 'echo hi', tty: { term: 'xterm', columns: 80, rows: 24 } })
  const every = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  client.socket.send(every)
  expect((await once(shell.process.stdin, 'data'))[0]).toEqual(every)
  shell.process.stdout.write(every)
  shell.process.stderr.write('oh')
  shell.process.end(7)
  expect(await client.ended).toEqual({ exitCode: 7, signal: null, error: null })
  expect(client.output(1)).toEqual(every)
  expect(client.output(2).toString()).toBe('oh')
  await client.closed
  expect(shell.commands).toMatchObject([{ command: 'echo hi', tty: { term: 'xterm', columns: 80, rows: 24 } }])
  expect(shell.process.disposals).toBe(1)
})

test('a signal that ended the process is told', async () => {
  await using shell = await startShellEngine()
  using client = await openShell(shell.engine.paths.engineSocket)
  shell.process.end(null, 'KILL')
  expect(await client.ended).toEqual({ exitCode: null, signal: 'KILL', error: null })
})

test('what a client sends together with its opening is not lost, and everything keeps its order', async () => {
  const opening = Promise.withResolvers<void>()
  const process = new FakeProcess()
  await using shell = await startShellEngine(async () => {
    await opening.promise
    return process
  })
  using client = await openShell(shell.engine.paths.engineSocket)
  for (let i = 0; i < 100; i++) client.socket.send(Buffer.from(`${i},`))
  client.say({ type: 'eof' })
  await new Promise((resolve) => setImmediate(resolve))
  opening.resolve()
  const text = (await process.stdin.toArray()).join('')
  expect(text).toBe(Array.from({ length: 100 }, (_, i) => `${i},`).join(''))
  process.end(0)
  expect((await client.ended).exitCode).toBe(0)
})

test('resize, signal and end of input reach the process', async () => {
  await using shell = await startShellEngine()
  using client = await openShell(shell.engine.paths.engineSocket)
  client.say({ type: 'resize', columns: 100, rows: 30 })
  client.say({ type: 'signal', name: 'INT' })
  client.say({ type: 'eof' })
  await once(shell.process.stdin.resume(), 'end')
  expect(shell.process.calls).toEqual(['resize 100x30', 'signal INT'])
  shell.process.end(0)
  await client.ended
})

test.each(['not json', '{}', '[]', '{"type":"resize","columns":-1,"rows":2}', '{"type":"explode"}', '\u0000'])('a control message of %j is passed over', async (text) => {
  await using shell = await startShellEngine()
  using client = await openShell(shell.engine.paths.engineSocket)
  client.socket.send(text)
  client.socket.send(Buffer.from('after'))
  expect(((await once(shell.process.stdin, 'data')) as [Buffer])[0].toString()).toBe('after')
  shell.process.end(0)
  expect((await client.ended).exitCode).toBe(0)
})

test.each(['', 'not json', '{}', '{"command":1,"tty":null}', '{"command":null,"tty":{"term":"x","columns":0,"rows":1}}'])('an opening of %j is a usage error', async (opening) => {
  await using shell = await startShellEngine()
  using client = await openShell(shell.engine.paths.engineSocket, opening)
  expect(await client.ended).toMatchObject({ exitCode: null, error: { code: 'usage.invalid' } })
  await client.closed
  expect(shell.commands).toEqual([])
})

test('a vm that does not run is told with its hint', async () => {
  await using engine = await startTestEngine({
    onShell: (socket) =>
      void serveShell(socket, () => {
        throw new CoveError('vm.not-running', { message: 'it is off', hint: 'cove start' })
      }),
  })
  using client = await openShell(engine.paths.engineSocket)
  expect((await client.ended).error).toEqual({ code: 'vm.not-running', message: 'it is off', hint: 'cove start' })
})

test('a lost tunnel ends the session with an error', async () => {
  await using shell = await startShellEngine()
  using client = await openShell(shell.engine.paths.engineSocket)
  await vi.waitFor(() => expect(shell.commands).toHaveLength(1))
  shell.process.fail(new Error('connection lost'))
  expect((await client.ended).error).toMatchObject({ code: 'tunnel.unreachable', message: 'connection lost' })
  expect(shell.process.disposals).toBe(1)
})

test('input for a process that closed its stdin is dropped, not fatal', async () => {
  await using shell = await startShellEngine()
  using client = await openShell(shell.engine.paths.engineSocket)
  await vi.waitFor(() => expect(shell.commands).toHaveLength(1))
  shell.process.stdin.destroy(new Error('EPIPE'))
  for (let i = 0; i < 50; i++) client.socket.send(Buffer.alloc(1000))
  client.say({ type: 'eof' })
  shell.process.stdout.write('still here')
  shell.process.end(0)
  expect((await client.ended).exitCode).toBe(0)
  expect(client.output(1).toString()).toBe('still here')
})

test('the process ends when its client leaves, with or without a word', async () => {
  for (const leave of ['close', 'terminate'] as const) {
    await using shell = await startShellEngine()
    using client = await openShell(shell.engine.paths.engineSocket)
    await vi.waitFor(() => expect(shell.commands).toHaveLength(1))
    client.socket[leave]()
    await vi.waitFor(() => expect(shell.process.disposals).toBe(1), { timeout: 500 })
    expect(shell.commands[0]?.signal?.aborted).toBe(true)
  }
})

test('a process that comes after its client left is ended', async () => {
  const late = Promise.withResolvers<void>()
  const process = new FakeProcess()
  await using shell = await startShellEngine(async () => {
    await late.promise
    return process
  })
  using client = await openShell(shell.engine.paths.engineSocket)
  await vi.waitFor(() => expect(shell.commands).toHaveLength(1))
  client.socket.terminate()
  await vi.waitFor(() => expect(shell.commands[0]?.signal?.aborted).toBe(true))
  late.resolve()
  await vi.waitFor(() => expect(process.disposals).toBe(1))
})

test('a client that leaves before it said anything is forgotten', async () => {
  await using shell = await startShellEngine()
  using client = await openShell(shell.engine.paths.engineSocket, null)
  client.socket.terminate()
  await vi.waitFor(() => expect(shell.engine.server.clients).toBe(0))
  expect(shell.commands).toEqual([])
})

test('output is held back while the client does not read', async () => {
  await using shell = await startShellEngine()
  using client = await openShell(shell.engine.paths.engineSocket)
  await vi.waitFor(() => expect(shell.commands).toHaveLength(1))
  client.socket.pause()
  const block = Buffer.alloc(64 * 1024, 'x')
  let accepted = 0
  const fill = async (): Promise<void> => {
    for (; accepted < 320; accepted++) if (!shell.process.stdout.write(block)) await once(shell.process.stdout, 'drain')
  }
  const filled = fill()
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(accepted).toBeLessThan(60)
  client.socket.resume()
  await filled
  shell.process.end(0)
  await client.ended
  expect(client.output(1).length).toBe(320 * block.length)
})

test('input is held back while the process does not read', async () => {
  await using shell = await startShellEngine()
  using client = await openShell(shell.engine.paths.engineSocket)
  const block = Buffer.alloc(64 * 1024)
  for (let i = 0; i < 320; i++) client.socket.send(block)
  // Until nothing moves any more: all of it has gone, or it is held back.
  const pause = () => new Promise((resolve) => setTimeout(resolve, 250))
  for (let before = -1; client.socket.bufferedAmount !== before; await pause()) before = client.socket.bufferedAmount
  expect(client.socket.bufferedAmount).toBeGreaterThan(10 * 1024 * 1024)
  let bytes = 0
  shell.process.stdin.on('data', (data: Buffer) => (bytes += data.length))
  await vi.waitFor(() => expect(bytes).toBe(320 * block.length), { timeout: 5000 })
  shell.process.end(0)
  await client.ended
})
