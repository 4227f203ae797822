import { describe, expect, inject, it } from 'vitest'
import { cove, coveOk } from './fixtures/run.ts'
import { spawnCove } from './fixtures/running.ts'
import { openTerminal } from './fixtures/terminal.ts'

describe('cove shell', () => {
  it('passes on the exit code, and standard output and error apart', async () => {
    const ran = await cove(['shell', '--', 'sh', '-c', 'echo out; echo err >&2; exit 42'])
    expect(ran).toMatchObject({ exitCode: 42, stdout: 'out\n', stderr: 'err\n' })
  })

  it('keeps each word whole', async () => {
    expect(await coveOk(['shell', '--', 'printf', '<%s>', 'a b', '$HOME', "it's", '', '*'])).toBe("<a b><$HOME><it's><><*>")
  })

  it('reports a signal as a shell does', async () => {
    expect((await cove(['shell', '--', 'sh', '-c', 'kill -TERM $$'])).exitCode).toBe(128 + 15)
  })

  it('ends the input when ours ends, and still delivers what comes after it', async () => {
    const input = Buffer.alloc(3 * 1024 * 1024, 'cove ')
    const ran = await cove(['shell', '--', 'sh', '-c', 'wc -c; sleep 1; echo after'], { input })
    expect(ran.stdout.split(/\s+/).filter(Boolean)).toEqual([String(input.length), 'after'])
  })

  it('carries bytes as they are, in both directions', async () => {
    await using running = spawnCove(['shell', '--', 'cat'])
    running.write('first\n')
    await running.until('first')
    running.write('second\n')
    await running.until('second')
    running.endInput()
    expect(await running.exited).toMatchObject({ exitCode: 0 })
  })

  it('sends an interrupt to the command', async () => {
    await using running = spawnCove(['shell', '--', 'sh', '-c', 'trap "echo caught; exit 5" INT; echo ready; while :; do sleep 0.1; done'])
    await running.until('ready')
    process.kill(running.pid, 'SIGINT')
    await running.until('caught')
    expect((await running.exited).exitCode).toBe(5)
  })

  it('opens a login shell on a terminal, which it resizes', async () => {
    const { node, cli } = inject('cove')
    await using terminal = await openTerminal([node, cli, 'shell'], { columns: 90, rows: 25 })
    await terminal.until('#')
    await terminal.type('stty size; echo code-$((40+2))\n')
    await terminal.until('25 90')
    await terminal.until('code-42')
    await terminal.resize(110, 31)
    // The new size comes a moment after the keys.
    await terminal.type('until stty size | grep "^31 1"; do sleep 0.1; done\n')
    await terminal.until('31 110')
    await terminal.type('exit 7\n')
    expect(await terminal.exitCode).toBe(7)
  })
})
