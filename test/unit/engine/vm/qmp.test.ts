import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { QmpClient } from '#engine/vm/qmp.ts'

/** A socket pair; what the test writes to `qemu` the client reads. */
async function pair(): Promise<{ client: Socket; qemu: Socket } & AsyncDisposable> {
  const dir = mkdtempSync(join(tmpdir(), 'cove-qmp-'))
  const server = createServer().listen(join(dir, 's'))
  await once(server, 'listening')
  const client = connect(join(dir, 's'))
  const [qemu] = (await once(server, 'connection')) as [Socket]
  return {
    client,
    qemu,
    [Symbol.asyncDispose]: async () => {
      client.destroy()
      qemu.destroy()
      server.close()
      rmSync(dir, { recursive: true })
    },
  }
}

/** Answers each command with what `reply` makes of it. */
function answer(qemu: Socket, reply: (command: { execute: string; id: number }) => string): void {
  qemu.on('data', (data) => {
    for (const line of String(data).trim().split('\n')) qemu.write(reply(JSON.parse(line)))
  })
}

const ok = ({ id }: { id: number }): string => `${JSON.stringify({ return: {}, id })}\r\n`
const greeting = '{"QMP": {"version": {}, "capabilities": []}}\r\n'
const options = { log: silentLogger, ms: 500 }

test('Greets, sends commands with ids and matches the answers whatever their order', async () => {
  await using both = await pair()
  const held: string[] = []
  answer(both.qemu, (command) => {
    if (command.execute === 'qmp_capabilities') return ok(command)
    held.push(`${JSON.stringify({ return: command.execute, id: command.id })}\n`)
    return held.length === 2 ? held.toReversed().join('') : ''
  })
  both.qemu.write(greeting)
  using qmp = await QmpClient.open(both.client, options)
  expect(await Promise.all([qmp.execute('a'), qmp.execute('b')])).toEqual(['a', 'b'])
})

test('Takes partial lines, garbage, unknown messages and over-long lines without harm', async () => {
  await using both = await pair()
  const lines = ['\0\x01garbage', '[]', '{"id": 3}', '{"return": {}, "id": 99}', '{"error": {"class": "x", "desc": "nobody asked"}}']
  answer(both.qemu, (command) => `${lines.join('\n')}\n{"return": "${'x'.repeat(5_000_000)}", "id": ${command.id}}\n${ok(command)}`)
  for (const character of greeting) both.qemu.write(character)
  using qmp = await QmpClient.open(both.client, { ...options, ms: 5000 })
  expect(await qmp.execute('stop')).toEqual({})
})

test('Hands events on with their data', async () => {
  await using both = await pair()
  answer(both.qemu, ok)
  both.qemu.write(greeting)
  using qmp = await QmpClient.open(both.client, options)
  const event = Promise.withResolvers<unknown>()
  qmp.onEvent(event.resolve)
  both.qemu.write('{"timestamp": {}, "event": "BLOCK_IO_ERROR", "data": {"nospace": true}}\n')
  expect(await event.promise).toEqual({ name: 'BLOCK_IO_ERROR', data: { nospace: true } })
})

test('Rejects what is pending when the socket closes, and everything after', async () => {
  await using both = await pair()
  answer(both.qemu, (command) => (command.execute === 'qmp_capabilities' ? ok(command) : ''))
  both.qemu.write(greeting)
  using qmp = await QmpClient.open(both.client, options)
  const pending = qmp.execute('query-status')
  both.qemu.destroy()
  await expect(pending).rejects.toMatchObject({ code: 'vm.not-running' })
  await qmp.closed
  await expect(qmp.execute('stop')).rejects.toMatchObject({ code: 'vm.not-running' })
})

test("Passes QEMU's refusal on in its own words", async () => {
  await using both = await pair()
  answer(both.qemu, (command) =>
    command.execute === 'cont' ? `${JSON.stringify({ error: { class: 'GenericError', desc: 'no such luck' }, id: command.id })}\n` : ok(command),
  )
  both.qemu.write(greeting)
  using qmp = await QmpClient.open(both.client, options)
  await expect(qmp.execute('cont')).rejects.toThrow('QEMU refused "cont": no such luck')
})

test('Does not wait for ever: a silent monitor, a silent command, a monitor that closes at once', async () => {
  await using silent = await pair()
  await expect(QmpClient.open(silent.client, { ...options, ms: 50 })).rejects.toMatchObject({ code: 'vm.start-failed' })
  await using half = await pair()
  answer(half.qemu, (command) => (command.execute === 'qmp_capabilities' ? ok(command) : ''))
  half.qemu.write(greeting)
  using qmp = await QmpClient.open(half.client, options)
  await expect(qmp.execute('stop', {}, 30)).rejects.toMatchObject({ code: 'vm.step-timeout' })
  await using closing = await pair()
  closing.qemu.end()
  await expect(QmpClient.open(closing.client, { ...options, ms: 5000 })).rejects.toThrow('closed before it answered')
})
