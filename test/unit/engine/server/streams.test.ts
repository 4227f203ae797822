import { once } from 'node:events'
import { createWriteStream, writeFileSync, appendFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { creditWindow } from '#contract/stream-credit.ts'
import { CoveError } from '#contract/errors.ts'
import { silentLogger } from '#base/log.ts'
import { collectGarbage } from '../../../fixtures/garbage.ts'
import { startTestEngine } from '../test-engine.ts'
import { rawWebSocket } from './raw-client.ts'

const here = { skip: process.platform === 'win32' }

/** A log of this many MB. */
async function writeLog(path: string, megabytes: number): Promise<void> {
  const stream = createWriteStream(path)
  const line = `${'x'.repeat(1023)}\n`
  for (let i = 0; i < megabytes; i++) if (!stream.write(line.repeat(1024))) await once(stream, 'drain')
  stream.end()
  await once(stream, 'finish')
}

/** More than a log may grow to, so that its presence in memory cannot be overlooked. */
const megabytes = 80

test('a client that does not read costs no memory, and gets everything once it does', here, async () => {
  await using engine = await startTestEngine()
  await writeLog(engine.paths.logs.engine, megabytes)
  const socket = await rawWebSocket(engine.paths.engineSocket, '/rpc')
  const used = (): number => {
    collectGarbage()
    return process.memoryUsage().heapUsed + process.memoryUsage().external
  }
  const before = used()
  let bytes = 0
  socket.on('message', (data: Buffer) => (bytes += data.length))
  socket.pause()
  socket.send(JSON.stringify({ i: '1', p: { u: '/log/read', b: { json: { name: 'engine' } } } }))
  // Time for the whole log, were it not held back: a status call takes about a millisecond.
  await using other = await engine.connect()
  const until = performance.now() + 700
  while (performance.now() < until) await other.api.engine.status()
  expect(used() - before).toBeLessThan(30 * 1024 * 1024)
  expect(bytes).toBe(0)
  socket.resume()
  await vi.waitFor(() => expect(bytes).toBeGreaterThan(megabytes * 1024 * 1024), { timeout: 8000 })
  socket.close()
})

test('a stream whose items are not taken stands still after a few hundred, goes on when they are, and ends when it is left', async () => {
  await using engine = await startTestEngine()
  await using client = await engine.connect()
  let made = 0
  let open = 0
  vi.spyOn(engine.fake.machine, 'watch').mockImplementation(async function* (signal) {
    open++
    try {
      for (; !signal?.aborted; made++) yield engine.fake.machine.status
    } finally {
      open--
    }
  })
  const stream = await client.api.engine.watch()
  await stream.next()
  // Far more round trips than the window has items: an unbounded stream would have made thousands by then.
  for (let i = 0; i < 400; i++) await client.api.setting.get({ name: 'vm.cpus' })
  expect(made).toBeLessThanOrEqual(creditWindow + 2)
  for (let i = 0; i < 2000; i++) await stream.next()
  expect(made).toBeGreaterThan(1900)
  await stream.return?.(undefined)
  await vi.waitFor(() => expect(open).toBe(0))
})

test('a stream that nobody reads does not hold up other calls of its client', async () => {
  await using engine = await startTestEngine()
  await using client = await engine.connect()
  await writeLog(engine.paths.logs.engine, 2)
  await client.api.log.read({ name: 'engine' })
  await client.api.engine.watch()
  expect((await client.api.engine.status()).state).toBe('off')
})

test('every way of leaving a stream ends it in the engine within 100 ms', async () => {
  const { fake, ...engine } = await startTestEngine()
  const listeners = vi.spyOn(fake.machine, 'watch')
  let open = 0
  const real = Object.getPrototypeOf(fake.machine).watch as typeof fake.machine.watch
  listeners.mockImplementation(async function* (signal) {
    open++
    try {
      yield* real.call(fake.machine, signal)
    } finally {
      open--
    }
  })
  const ended = () => vi.waitFor(() => expect(open).toBe(0), { timeout: 100, interval: 2 })
  {
    await using client = await engine.connect()
    const abort = new AbortController()
    const aborted = await client.api.engine.watch(undefined, { signal: abort.signal })
    await aborted.next()
    expect(open).toBe(1)
    const waiting = aborted.next()
    waiting.catch(() => undefined)
    abort.abort()
    await ended()
    await expect(waiting).rejects.toMatchObject({ code: 'operation.cancelled' })

    for await (const status of await client.api.engine.watch()) if (status.state === 'off') break
    await ended()

    const returned = await client.api.engine.watch()
    await returned.next()
    const pending = returned.next()
    await returned.return?.(undefined)
    await ended()
    await pending.catch(() => undefined)
    await (await client.api.engine.watch()).next()
  }
  await ended()
  const socket = await rawWebSocket(engine.paths.engineSocket, '/rpc')
  socket.send(JSON.stringify({ i: '1', p: { u: '/engine/watch' } }))
  await once(socket, 'message')
  expect(open).toBe(1)
  socket.terminate()
  await ended()
  await engine[Symbol.asyncDispose]()
})

test('following a log ends in the engine when its reader leaves', async () => {
  await using engine = await startTestEngine()
  writeFileSync(engine.paths.logs.guest, 'one\n')
  await using client = await engine.connect()
  let text = ''
  for await (const chunk of await client.api.log.read({ name: 'guest', follow: true })) {
    text += chunk
    if (text === 'one\n') appendFileSync(engine.paths.logs.guest, 'two\n')
    else break
  }
  expect(text).toBe('one\ntwo\n')
})

test('an error of a stream keeps its code, message and hint, before and after the first item', async () => {
  await using engine = await startTestEngine()
  await using client = await engine.connect()
  const read = async (name: 'engine' | 'guest') => Array.fromAsync(await client.api.log.read({ name }))
  await expect(read('guest')).rejects.toMatchObject({ code: 'log.missing', message: expect.stringContaining('guest.log'), hint: expect.stringContaining('cove start') })

  vi.spyOn(engine.fake.machine, 'watch').mockImplementation(async function* () {
    yield engine.fake.machine.status
    throw new CoveError('disk.no-space', { message: 'full "x"', about: { path: 'x' }, hint: 'make room' })
  })
  const seen: string[] = []
  const failing = (async () => {
    for await (const { state } of await client.api.engine.watch()) seen.push(state)
  })()
  await expect(failing).rejects.toBeInstanceOf(CoveError)
  await expect(failing).rejects.toMatchObject({ code: 'disk.no-space', message: 'full "x"', hint: 'make room', about: { path: 'x' } })
  expect(seen).toEqual(['off'])
})

test('a mistake of ours is logged with its call and stack, and told as one', async () => {
  const error = vi.fn()
  await using engine = await startTestEngine({ log: { ...silentLogger, error } })
  await using client = await engine.connect()
  vi.spyOn(engine.parts.settings, 'list').mockImplementation(() => {
    throw new TypeError('x is not a function')
  })
  await expect(client.api.setting.list()).rejects.toMatchObject({ code: 'internal.bug', message: 'x is not a function' })
  expect(error).toHaveBeenCalledWith('bug', expect.objectContaining({ call: 'setting.list', stack: expect.stringContaining('TypeError') }))
})

test('when the engine goes, pending calls and streams end with engine.unreachable, and so does every later call', async () => {
  const engine = await startTestEngine()
  await using client = await engine.connect()
  const never = Promise.withResolvers<never>()
  vi.spyOn(engine.fake.life, 'start').mockReturnValue(never.promise)
  const pending = client.api.engine.start()
  pending.catch(() => undefined)
  const stream = await client.api.engine.watch()
  await stream.next()
  const item = stream.next()
  item.catch(() => undefined)
  await engine[Symbol.asyncDispose]()
  await expect(pending).rejects.toMatchObject({ code: 'engine.unreachable', message: expect.stringContaining('ended') })
  await expect(item).rejects.toMatchObject({ code: 'engine.unreachable' })
  await client.closed
  await expect(client.api.engine.status()).rejects.toMatchObject({ code: 'engine.unreachable' })
  await expect(engine.connect()).rejects.toMatchObject({ code: 'engine.unreachable', hint: 'Start it with: cove start' })
})

test('the answer to a shutdown comes before the engine goes', async () => {
  const engine = await startTestEngine({ onExit: () => setImmediate(() => void engine.server[Symbol.asyncDispose]()) })
  await using client = await engine.connect()
  await expect(client.api.engine.shutdown({})).resolves.toBeUndefined()
  expect(engine.exits).toEqual([{ keepVm: false }])
  await client.closed
  await engine[Symbol.asyncDispose]()
})
