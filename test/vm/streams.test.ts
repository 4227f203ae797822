import { setTimeout as after } from 'node:timers/promises'
import { describe, expect, inject, it } from 'vitest'
import { image, startContainer, uniqueName } from './fixtures/containers.ts'
import { docker, dockerOk } from './fixtures/run.ts'
import { spawnDocker } from './fixtures/running.ts'
import { openTerminal } from './fixtures/terminal.ts'

const idleMs = 120_000

describe('streams', () => {
  it.concurrent('C20 events and attach stay open over 120 idle seconds', async () => {
    const name = uniqueName('idle')
    await using echo = await startContainer(['cat'], ['-i'])
    await using events = spawnDocker(['events', '--filter', `container=${echo.name}`, '--format', 'got {{.Action}}'])
    await using attached = spawnDocker(['attach', '--sig-proxy=false', echo.name])
    attached.write('before\n')
    await attached.until('before')
    await after(idleMs)
    attached.write('after\n')
    await attached.until('after')
    await dockerOk(['rename', echo.name, name])
    await dockerOk(['rename', name, echo.name])
    await events.until('got rename')
  })

  it('C20 run -i returns when its standard input ends early', async () => {
    const ran = await docker(['run', '-i', '--rm', image, 'sh', '-c', 'cat; echo end'], { input: 'some input\n' })
    expect(ran).toMatchObject({ exitCode: 0, stdout: 'some input\nend\n' })
  })

  // Emulated, on two busy cores, a hundred containers take minutes.
  it.concurrent('C22 a hundred runs at once all succeed', { timeout: 10 * 60_000 }, async () => {
    const runs = await Promise.all(
      Array.from({ length: 100 }, (_, i) => docker(['run', '--rm', '--network', 'none', image, 'echo', `n${i}`], { timeoutMs: 9 * 60_000 })),
    )
    expect(runs.map(({ stdout }) => stdout.trim())).toEqual(Array.from({ length: 100 }, (_, i) => `n${i}`))
    expect(await dockerOk(['ps', '-aq', '--filter', 'network=none'])).toBe('')
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
