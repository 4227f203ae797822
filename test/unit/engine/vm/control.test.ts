import { PassThrough } from 'node:stream'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createLogger } from '#base/log.ts'
import { ControlPort } from '#engine/vm/control.ts'
import { type GuestMessage, parseGuestMessage } from '#engine/vm/guest-message.ts'

function port(): { guest: PassThrough; control: ControlPort; logged: string[] } {
  const guest = new PassThrough()
  const logged: string[] = []
  const log = createLogger({ write: (line) => void logged.push(line), [Symbol.dispose]: () => undefined })
  return { guest, logged, control: new ControlPort(guest as unknown as Socket, log) }
}

const published = {
  id: 3,
  protocol: 'udp',
  hostAddress: '::1',
  hostPort: 53,
  containerAddress: '172.17.0.2',
  containerPort: 5353,
  guestPort: 1024,
  isWaiting: true,
} as const

describe('A line of the guest', () => {
  test.each<GuestMessage>([
    { type: 'step', name: 'network', uptimeMs: 4293 },
    { type: 'ready', uptimeMs: 17162 },
    { type: 'service', name: 'sshd', state: 'exited', pid: 143, signal: 9, restarts: 2 },
    { type: 'port', ...published },
    { type: 'port-closed', id: 3 },
    { type: 'tunnel-closed', id: '00ff' },
    { type: 'ports', ports: [published], isLast: true },
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

test.each([
  { hostPort: 0 },
  { hostPort: 65_536 },
  { hostAddress: '127.0.0.1,hostfwd=tcp::22-:22' },
  { hostAddress: 'localhost' },
  { hostAddress: '127.0.0.1\n' },
  { hostAddress: '::1%eth0' },
  { containerAddress: '' },
  { protocol: 'sctp' },
  { guestPort: 1.5 },
  { guestPort: -1 },
  { id: 0 },
  { id: 2 ** 32 },
  { isWaiting: 1 },
])('a port with %j is refused', (wrong) => {
  const port = { ...published, ...wrong }
  expect(parseGuestMessage(JSON.stringify({ type: 'port', ...port }))).toBeUndefined()
  expect(parseGuestMessage(JSON.stringify({ type: 'ports', ports: [port], isLast: true }))).toBeUndefined()
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

  test('answers for a port in one line of ASCII, however hostile its text', () => {
    const { guest, control } = port()
    control.askPorts(7)
    control.followListeners(true)
    control.followListeners(false)
    control.answerPort(3, '')
    control.answerPort(4, `in use\npoweroff\r\n\0 ü ${'x'.repeat(2000)}`)
    const [asked, on, off, open, refused, rest] = String(guest.read()).split('\n')
    expect([asked, on, off, open, rest]).toEqual(['ports 7', 'listeners on', 'listeners off', 'port 3', ''])
    expect(refused).toMatch(/^port 4 in use poweroff +x+$/)
    expect(refused?.length).toBeLessThan(1000)
  })

  test('says one word per line', () => {
    const { guest, control } = port()
    control.askStatus()
    control.setClock(1_700_000_000_000.4)
    control.restartService('dockerd')
    control.reloadService('dockerd')
    control.askPowerOff()
    expect(String(guest.read())).toBe('status\nclock 1700000000000\nrestart dockerd\nreload dockerd\npoweroff\n')
  })
})
