import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test as base } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { StopSignal } from '#cli/io.ts'
import { exitCodeOf, runShellSession } from '#cli/shell-session.ts'
import type { ShellEnd, ShellOpen } from '#contract/shell.ts'
import { fakeWorld, type FakeWorld } from './fake-engine.ts'

const ended: ShellEnd = { exitCode: 0, signal: null, error: null }

/** The engine's end of a session, played by the test. */
interface Stage {
  world: FakeWorld
  client: WebSocket
  engine: WebSocket
  /** What the client sent: text frames parsed, binary ones as text. */
  heard: unknown[]
  output(stream: 1 | 2, text: string): void
  end(result: Partial<ShellEnd>): void
  /** Resolves once the client has sent a frame that matches. */
  hears(matches: (frame: unknown) => boolean): Promise<void>
}

const test = base.extend<{ stage: Stage }>({
  stage: async ({}, use) => {
    const dir = mkdtempSync(join(tmpdir(), 'cove-shell-'))
    const http = createServer()
    const server = new WebSocketServer({ server: http })
    http.listen(join(dir, 's'))
    await once(http, 'listening')
    const client = new WebSocket('ws://cove/shell', { createConnection: () => connect(join(dir, 's')) })
    const [[engine]] = (await Promise.all([once(server, 'connection'), once(client, 'open')])) as [[WebSocket], unknown]
    const heard: unknown[] = []
    engine.on('message', (data: Buffer, isBinary) => heard.push(isBinary ? data.toString() : JSON.parse(data.toString())))
    await use({
      world: fakeWorld(),
      client,
      engine,
      heard,
      output: (stream, text) => engine.send(Buffer.concat([Buffer.from([stream]), Buffer.from(text)])),
      end: (result) => engine.send(JSON.stringify({ ...ended, ...result }), () => engine.close()),
      async hears(matches) {
        while (!heard.some(matches)) await once(engine, 'message')
      },
    })
    client.terminate()
    server.close()
    http.close()
    rmSync(dir, { recursive: true, force: true })
  },
})

const command: ShellOpen = { command: 'true', tty: null }
const isEof = (frame: unknown): boolean => JSON.stringify(frame) === '{"type":"eof"}'

test('stdout and stderr stay apart and the exit code is passed on', async ({ stage: { world, client, output, end } }) => {
  const exit = runShellSession({ socket: client, io: world.io, open: command })
  output(1, 'out')
  output(2, 'err')
  end({ exitCode: 42 })
  expect(await exit).toBe(42)
  expect([world.out.text(), world.err.text()]).toEqual(['out', 'err'])
})

test('stdin is passed on and its end is told', async ({ stage: { world, client, heard, hears, end } }) => {
  const exit = runShellSession({ socket: client, io: world.io, open: command })
  world.stdin.end('some input')
  await hears(isEof)
  end({})
  expect(await exit).toBe(0)
  expect(heard).toEqual([command, 'some input', { type: 'eof' }])
})

test('a megabyte of input and more arrives whole', async ({ stage: { world, client, heard, hears, end } }) => {
  const exit = runShellSession({ socket: client, io: world.io, open: command })
  const chunk = 'x'.repeat(65_536)
  for (let i = 0; i < 64; i++) world.stdin.write(chunk)
  world.stdin.end()
  await hears(isEof)
  end({})
  await exit
  expect(heard.slice(1, -1).join('')).toHaveLength(64 * 65_536)
})

test('a terminal is raw for the session and tells its new size', async ({ stage: { world, client, heard, hears, end } }) => {
  const modes: boolean[] = []
  Object.assign(world.stdin, { setRawMode: (on: boolean) => modes.push(on) })
  const open: ShellOpen = { command: null, tty: { term: 'xterm', columns: 80, rows: 24 } }
  const exit = runShellSession({ socket: client, io: world.io, open })
  Object.assign(world.io.stdout, { columns: 120, rows: 40 }).emit('resize')
  world.stdin.write('\x03')
  await hears((frame) => frame === '\x03')
  end({})
  await exit
  expect(heard).toContainEqual({ type: 'resize', columns: 120, rows: 40 })
  expect(modes).toEqual([true, false])
})

test('without a terminal the first interrupt goes to the command and the second ends the session', async ({ stage: { world, client, hears } }) => {
  let interrupt: (name: StopSignal) => void = () => undefined
  const io = { ...world.io, interceptSignals: (listener: typeof interrupt) => ((interrupt = listener), { [Symbol.dispose]: () => undefined }) }
  const exit = runShellSession({ socket: client, io, open: command })
  interrupt('SIGINT')
  await hears((frame) => JSON.stringify(frame) === '{"type":"signal","name":"INT"}')
  interrupt('SIGINT')
  await expect(exit).rejects.toMatchObject({ code: 'tunnel.unreachable' })
})

test('a session that breaks off restores the terminal and is an error', async ({ stage: { world, client, engine } }) => {
  const modes: boolean[] = []
  Object.assign(world.stdin, { setRawMode: (on: boolean) => modes.push(on) })
  const exit = runShellSession({ socket: client, io: world.io, open: { command: null, tty: { term: 'xterm', columns: 80, rows: 24 } } })
  engine.terminate()
  await expect(exit).rejects.toMatchObject({ code: 'tunnel.unreachable', exitCode: 8 })
  expect(modes).toEqual([true, false])
})

test('a slow reader of the output stops the engine from sending without losing a byte', async ({ stage: { world, client, output, end } }) => {
  const exit = runShellSession({ socket: client, io: world.io, open: command })
  for (let i = 0; i < 100; i++) output(1, 'y'.repeat(65_536))
  end({})
  await exit
  expect(world.out.text()).toHaveLength(100 * 65_536)
})

test('exit codes are those a shell would report', () => {
  expect(exitCodeOf({ ...ended, exitCode: 7 })).toBe(7)
  expect(exitCodeOf({ ...ended, exitCode: null, signal: 'KILL' })).toBe(137)
  expect(exitCodeOf({ ...ended, exitCode: null, signal: 'SIGTERM' })).toBe(143)
  const error = { code: 'vm.not-running', message: 'the vm is off', hint: null }
  expect(() => exitCodeOf({ exitCode: null, signal: null, error })).toThrow(expect.objectContaining({ exitCode: 3 }))
})
