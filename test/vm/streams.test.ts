import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import { execa } from 'execa'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { image, startContainer, uniqueName } from './fixtures/containers.ts'
import { randomImage } from './fixtures/random-image.ts'
import { docker, dockerOk, execaOptions } from './fixtures/run.ts'
import { spawnDocker } from './fixtures/running.ts'
import { openTerminal } from './fixtures/terminal.ts'

const idleMs = 120_000

/** A container that repeats what it is told, its events and a stream to it. */
async function openIdleStreams() {
  await using opened = new AsyncDisposableStack()
  const echo = opened.use(await startContainer(['cat'], ['-i']))
  const events = opened.use(spawnDocker(['events', '--filter', `container=${echo.name}`, '--format', 'got {{.Action}}']))
  const attached = opened.use(spawnDocker(['attach', '--sig-proxy=false', echo.name]))
  attached.write('before\n')
  await attached.until('before')
  const kept = opened.move()
  return { echo, events, attached, openedAt: performance.now(), [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

describe('streams', () => {
  let idle: Awaited<ReturnType<typeof openIdleStreams>>
  // Before a hundred containers want to start: behind them this one would wait.
  beforeAll(async () => {
    idle = await openIdleStreams()
    return () => idle[Symbol.asyncDispose]()
  })

  it.concurrent('C20 events and attach stay open over 120 idle seconds', async () => {
    const name = uniqueName('idle')
    const { echo, events, attached, openedAt } = idle
    await after(idleMs - (performance.now() - openedAt))
    attached.write('after\n')
    await attached.until('after')
    await dockerOk(['rename', echo.name, name])
    await dockerOk(['rename', name, echo.name])
    await events.until('got rename')
  })

  // Beside the idle streams, to save their two minutes. Emulated, on two busy cores, a hundred containers take minutes.
  it.concurrent('C22 a hundred runs at once all succeed, every tenth on a network', { timeout: 10 * 60_000 }, async () => {
    const label = uniqueName('hundred')
    const networkOf = (i: number): string => (i % 10 === 0 ? 'bridge' : 'none')
    const runs = await Promise.all(
      Array.from({ length: 100 }, (_, i) => docker(['run', '--rm', '--label', label, '--network', networkOf(i), image, 'sh', '-c', `echo n${i} $(cd /sys/class/net && ls -d eth0 2>/dev/null)`], { timeoutMs: 9 * 60_000 })),
    )
    expect(runs.map(({ stdout }) => stdout.trim())).toEqual(Array.from({ length: 100 }, (_, i) => (networkOf(i) === 'bridge' ? `n${i} eth0` : `n${i}`)))
    expect(await dockerOk(['ps', '-aq', '--filter', `label=${label}`])).toBe('')
  })

  it('C20 run -i returns when its standard input ends early', async () => {
    const ran = await docker(['run', '-i', '--rm', image, 'sh', '-c', 'cat; echo end'], { input: 'some input\n' })
    expect(ran).toMatchObject({ exitCode: 0, stdout: 'some input\nend\n' })
  })

  it('C20 a load that is interrupted takes no other connection with it', async () => {
    const name = uniqueName('beside')
    await using echo = await startContainer(['cat'], ['-i'])
    await using attached = spawnDocker(['attach', '--sig-proxy=false', echo.name])
    for (const signal of ['SIGINT', 'SIGKILL'] as const) await interruptedLoad(name, signal)
    attached.write('still here\n')
    await attached.until('still here')
  })
})

describe('requests', () => {
  // Two readers of one virtio port took each other's wake-ups: within hundreds of requests one waited for the keepalive.
  it.each([1, 2])('one after another, %i at a time, none waits for the bytes of the next', async (atOnce) => {
    const waits = await Promise.all(Array.from({ length: atOnce }, () => pings(1000)))
    const worst = Math.max(...waits.flat())
    console.log(`worst of ${1000 * atOnce} pings, ${atOnce} at a time: ${worst.toFixed(0)} ms`)
    expect(worst).toBeLessThan(3_000)
  })
})

describe('terminals', () => {
  it('C21 a terminal is resized, interrupted, and runs a full-screen editor', async () => {
    await using terminal = await openTerminal([inject('cove').docker, 'run', '-it', '--rm', image, 'sh'], { columns: 80, rows: 24 })
    await terminal.until('#')
    await terminal.type('stty size\n')
    await terminal.until('24 80')
    await terminal.resize(100, 30)
    // docker passes the size on with a request of its own, which comes a moment after the keys.
    await terminal.type('until stty size | grep "^30 1"; do sleep 0.1; done\n')
    await terminal.until('30 100')
    await terminal.type('echo going-$((1)); sleep 600\n')
    await terminal.until('going-1')
    await terminal.press('C-c')
    await terminal.type('echo code-$?\n')
    await terminal.until('code-130')
    await terminal.type('vi /tmp/note\n')
    await terminal.until('~')
    await terminal.type('ihello from vi')
    // The first letter of its status line tells the mode; keys that follow an Escape at once would read as an escape sequence.
    await terminal.until('I /tmp/note')
    await terminal.press('Escape')
    await terminal.until('- /tmp/note')
    await terminal.type(':wq\n')
    // vi reads ahead: what is typed before the prompt is back would be lost with it.
    await terminal.until('# ')
    await terminal.type('clear; cat /tmp/note\n')
    await terminal.until('hello from vi')
    await terminal.type('exit\n')
    expect(await terminal.exitCode).toBe(0)
  })
})

/** How long each of many requests took, one after another, in milliseconds. */
async function pings(count: number): Promise<number[]> {
  const took: number[] = []
  while (took.length < count) {
    const began = performance.now()
    const [answer] = (await once(get({ socketPath: inject('cove').dockerSocket, path: '/_ping' }), 'response')) as [IncomingMessage]
    await once(answer.resume(), 'end')
    took.push(performance.now() - began)
  }
  return took
}

/** Begins to load an image and ends docker while its bytes wait in the tunnel. */
async function interruptedLoad(tag: string, signal: NodeJS.Signals): Promise<void> {
  const archive = randomImage(tag, 64)
  const load = execa(inject('cove').docker, ['load'], { ...execaOptions(), input: archive, reject: false })
  let bytes = 0
  archive.on('data', (chunk: Buffer) => {
    if ((bytes += chunk.length) > 12 * 1024 * 1024) load.kill(signal)
  })
  expect((await load).exitCode).not.toBe(0)
  archive.destroy()
}
