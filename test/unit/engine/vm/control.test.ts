import { PassThrough } from 'node:stream'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createLogger } from '#base/log.ts'
import type { GuestMessage } from '#engine/vm/driver.ts'
import { ControlPort } from '#engine/vm/control.ts'
import { parseGuestMessage } from '#engine/vm/guest-message.ts'

function port(): { guest: PassThrough; control: ControlPort; logged: string[] } {
  const guest = new PassThrough()
  const logged: string[] = []
  const log = createLogger({ write: (line) => void logged.push(line), [Symbol.dispose]: () => undefined })
  return { guest, logged, control: new ControlPort(guest as unknown as Socket, log) }
}

describe('A line of the guest', () => {
  test.each<GuestMessage>([
    { type: 'step', name: 'network', uptimeMs: 4293 },
    { type: 'ready', uptimeMs: 17162 },
    { type: 'service', name: 'sshd', state: 'exited', pid: 143, signal: 9, restarts: 2 },
    { type: 'failed', step: 'data-disk', message: 'e2fsck ended with 8' },
    { type: 'status', ready: true, steps: { initrd: 3430 }, services: { sshd: { state: 'running' } } },
  ])('is read: %j', (message) => {
    expect(parseGuestMessage(JSON.stringify(message))).toEqual(message)
  })

  test.each(['', '{', 'null', '[]', '{"type":"step"}', '{"type":"step","name":"x","uptimeMs":-1}', '{"type":"exec","name":"rm"}', '{"type":"service","name":"a","state":"odd"}'])(
    'is refused: %j',
    (line) => {
      expect(parseGuestMessage(line)).toBeUndefined()
    },
  )
})

describe('The control port', () => {
  test('skips hostile lines, counts them in the log without filling it, and goes on', async () => {
    const { guest, control, logged } = port()
    const got: GuestMessage[] = []
    control.listen((message) => got.push(message))
    guest.write('garbage\n'.repeat(1000))
    guest.write(`${'x'.repeat(200_000)}\n`)
    guest.write('{"type":"rea')
    guest.write('dy","uptimeMs":5}\n')
    await new Promise((resolve) => setImmediate(resolve))
    expect(got).toEqual([{ type: 'ready', uptimeMs: 5 }])
    expect(logged.map((line) => /ignored=(\d+)/.exec(line)?.[1])).toEqual(['1', '10', '100', '1000'])
  })

  test('says one word per line', () => {
    const { guest, control } = port()
    control.askStatus()
    control.setClock(1_700_000_000_000.4)
    control.askPowerOff()
    expect(String(guest.read())).toBe('status\nclock 1700000000000\npoweroff\n')
  })
})
