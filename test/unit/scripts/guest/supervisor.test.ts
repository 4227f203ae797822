import { spawnSync } from 'node:child_process'
import { openSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Harness, type Message } from './supervisor-harness.ts'

const mebibyte = 1024 * 1024
const hasMke2fs = spawnSync('/sbin/mke2fs', ['-V']).status === 0
let harness: Harness

beforeAll(() => {
  harness = new Harness()
}, 60_000)

afterAll(() => harness[Symbol.dispose]())

function disk(name: string, bytes = 1024 * mebibyte): string {
  const path = join(harness.folder, name)
  writeFileSync(path, '')
  truncateSync(path, bytes)
  return path
}

function writeAt(path: string, at: number, data: string): void {
  writeSync(openSync(path, 'r+'), Buffer.from(data), 0, data.length, at)
}

async function next(messages: AsyncIterator<Message>): Promise<Message> {
  const { value } = (await messages.next()) as { value: Message }
  return value
}

/** A service that does these things, says that it is ready and stays. */
function ready(...does: string[]): string {
  const lines = ['import os, signal, socket, sys, time', 's = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)', 's.connect(os.environ["NOTIFY_SOCKET"])', 'tell = s.send', ...does, 'tell(b"X=1\\nREADY=1\\n")', 'time.sleep(60)']
  return `exec python3 -c '${lines.join('\n')}'`
}

describe('lines from the host', () => {
  const parse = (text: string | Buffer): string[] => harness.run(['lines'], text).trim().split('\n')

  it('are understood however they are cut into pieces', () => {
    expect(parse('status\npoweroff\nclock 1700000000123\nsearch corp.example lan\nsearch\nrestart dockerd\nreload dockerd\ntunnel 0123456789abcdef0123456789abcdef\nprepare-tunnel\n')).toEqual(['status 0', 'poweroff 0', 'clock 1700000000123', 'search 0 corp.example lan', 'search 0', 'restart 0 dockerd', 'reload 0 dockerd', 'tunnel 0 0123456789abcdef0123456789abcdef', 'prepare-tunnel 0'])
  })

  it('that are malformed are unknown and do not spoil the next one', () => {
    expect(parse('restart\nrestart \nreload ../x\ntunnel 12\ntunnel 0123456789ABCDEF0123456789abcdef\nclock\nclock -5\nclock 12x\nclock 99999999999999999999\nSTATUS\nsearch a;reboot\nsearching\n\nstatus\n')).toEqual([...Array<string>(12).fill('unknown 0'), 'status 0'])
  })

  it('that are huge or hold zero bytes are skipped to their end', () => {
    const bytes = Buffer.concat([Buffer.alloc(200_000, 'a'), Buffer.from('\nsta\0tus\nstatus\n')])
    expect(parse(bytes)).toEqual(['status 0'])
  })
})

describe('the configuration from the host', () => {
  it('is read as data, unknown keys left aside', () => {
    expect(harness.run(['config'], 'colour=blue\nssh_port=22467\r\nepoch_ms=1700000000000\n')).toBe('22467 1700000000000\n')
  })

  it('refuses ports and times that are none', () => {
    expect(harness.run(['config'], 'ssh_port=$(reboot)\nepoch_ms=-1\n')).toBe('0 0\n')
    expect(harness.run(['config'], 'ssh_port=70000\nssh_port=0\nssh_port=\nssh_port\n')).toBe('0 0\n')
  })
})

describe('messages to the host', () => {
  it('carry any text as valid JSON', () => {
    const text = 'say "hi"\\ \u0001\n\tümlaut'
    expect(JSON.parse(harness.run(['json'], text))).toBe('say "hi"\\ \u0001\n\t??mlaut')
  })
})

describe('a data disk', () => {
  it('that is all zero is empty', () => {
    expect(harness.run(['probe', disk('zero')])).toMatch(/^empty /)
  })

  it.each([
    ['at its start', 0],
    ['where the superblock would be', 1100],
    ['at its end', 1024 * mebibyte - 100],
    ['where a backup superblock would be', 384 * mebibyte + 100],
  ])('with foreign bytes %s is never called empty', (_, at) => {
    const path = disk('foreign')
    writeAt(path, at, 'somebody')
    expect(harness.run(['probe', path])).toMatch(/^foreign /)
  })

  it('that was being made when the power went is known again until its mark is taken off', () => {
    const path = disk('half')
    harness.run(['probe', path, 'mark'])
    expect(harness.run(['probe', path])).toMatch(/^half-made /)
    harness.run(['probe', path, 'clear'])
    expect(harness.run(['probe', path])).toMatch(/^empty /)
  })

  it.skipIf(!hasMke2fs)('with ext4 is recognised with its size, also when its first superblock is lost', () => {
    const path = disk('ext4')
    spawnSync('/sbin/mke2fs', ['-q', '-F', '-t', 'ext4', '-b', '4096', path, String((512 * mebibyte) / 4096)])
    expect(harness.run(['probe', path])).toBe(`ext4 ${512 * mebibyte} 0 1\n`)
    writeAt(path, 1024, '\0'.repeat(1024))
    expect(harness.run(['probe', path])).toMatch(/^ext4-damaged /)
  })
})

describe('a service', () => {
  it('that dies is started again at once, then after growing pauses', async () => {
    const { messages } = harness.supervise('exit 3')
    const started = performance.now()
    for (let restarts = 0; restarts < 4; restarts++) {
      expect(await next(messages)).toMatchObject({ type: 'service', name: 'dockerd', state: 'exited', code: 3, restarts })
    }
    expect(performance.now() - started).toBeGreaterThanOrEqual(290)
  })

  it('that is killed is reported with the signal', async () => {
    const { messages } = harness.supervise('kill -9 $$')
    expect(await next(messages)).toMatchObject({ state: 'exited', signal: 9 })
  })

  it('is running only when it says so itself', async () => {
    const { messages, port } = harness.supervise(ready('tell(b"STATUS=NOT_READY=1")'))
    port.write('status\n')
    expect(await next(messages)).toMatchObject({ type: 'status' })
    expect(await next(messages)).toMatchObject({ type: 'service', state: 'running', restarts: 0 })
    expect(await next(messages)).toMatchObject({ type: 'step', name: 'dockerd' })
    port.end('poweroff\n')
  })

  it('that does not get ready in its time is killed and started again', async () => {
    const { messages, port } = harness.supervise('exec sleep 60', { startLimitMs: 100 })
    expect(await next(messages)).toMatchObject({ state: 'exited', signal: 9, restarts: 0 })
    expect(await next(messages)).toMatchObject({ state: 'exited', signal: 9, restarts: 1 })
    port.end('poweroff\n')
  })

  it('starts anew when asked to: ended, or killed when it does not end in its time', async () => {
    for (const [manner, signal] of [['SIG_DFL', 15], ['SIG_IGN', 9]] as const) {
      const { messages, port } = harness.supervise(ready(`signal.signal(signal.SIGTERM, signal.${manner})`), { startLimitMs: 10_000, stopLimitMs: 100 })
      expect(await next(messages)).toMatchObject({ state: 'running', restarts: 0 })
      expect(await next(messages)).toMatchObject({ type: 'step' })
      port.write('restart dockerd\nrestart nobody\n')
      expect(await next(messages)).toMatchObject({ state: 'exited', signal })
      expect(await next(messages)).toMatchObject({ state: 'running', restarts: 1 })
      port.end('poweroff\n')
    }
  })

  it('reads its files again when asked to, once it is ready', async () => {
    const early = harness.supervise(ready('signal.signal(signal.SIGHUP, lambda *_: sys.exit(7))', 'time.sleep(0.3)'))
    early.port.write('reload dockerd\nstatus\n')
    expect(await next(early.messages)).toMatchObject({ type: 'status' })
    expect(await next(early.messages)).toMatchObject({ state: 'running' })
    expect(await next(early.messages)).toMatchObject({ type: 'step' })
    expect(await next(early.messages)).toMatchObject({ state: 'exited', code: 7 })
    early.port.end('poweroff\n')
  })

  it('answers status between rubbish', async () => {
    const { messages, port } = harness.supervise('exec sleep 60')
    port.write('{"type":\n\n' + 'x'.repeat(5000) + '\nstatus\n')
    expect(await next(messages)).toMatchObject({ type: 'status', ready: false, services: { dockerd: { state: 'starting' } } })
    port.end('poweroff\n')
  })
})
