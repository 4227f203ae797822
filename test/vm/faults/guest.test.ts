import { setTimeout as after } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { image, startContainer, uniqueName } from '../fixtures/containers.ts'
import { awaitEvents, engineEvents } from '../fixtures/engine.ts'
import { coveOk, docker, dockerOk, status } from '../fixtures/run.ts'
import { spawnDocker } from '../fixtures/running.ts'

describe('faults inside the guest', () => {
  it.for(['dockerd', 'containerd', 'sshd'])('S4 kill -9 of %s heals without a restart of the vm', async (service) => {
    const before = await status()
    // A dockerd that finds it running stops it first, and nobody in it listens to that.
    await using container = await startContainer(['sleep', '900'], ['--restart', 'always', '--stop-timeout', '1'])
    await using revived = await awaitEvents((event) => event.kind === 'guest.service-running' && event.detail['name'] === service)
    // The oldest process of that name is the one the guest's supervisor watches.
    await coveOk(['shell', '--', 'sh', '-c', `kill -9 $(pidof ${service} | tr ' ' '\\n' | sort -n | head -n 1)`])
    await revived.happened
    await untilExecWorks(container.name)
    expect(await status()).toMatchObject({ state: 'running', vm: { pid: before.vm?.pid }, engine: { pid: before.engine?.pid } })
  })

  it('S11 the tunnel heals within 2 s after its connection is cut, and pending docker commands end or go on', async () => {
    const before = await status()
    const name = uniqueName('pending')
    await using container = await startContainer(['sleep', '900'])
    await using pending = spawnDocker(['run', '--rm', '--name', name, image, 'sh', '-c', 'echo begun; sleep 900'])
    await pending.until('begun')
    await using healed = await awaitEvents((event) => event.kind === 'tunnel.healed')
    await using waiting = spawnDocker(['wait', container.name])
    // Its session process is the guest's end of the one connection.
    await Promise.all([coveOkOrCut('kill -9 $(pidof sshd-session)'), healed.happened])
    const healedMs = (await timeOf('tunnel.healed')) - (await timeOf('tunnel.lost'))
    console.log(`tunnel healed ${healedMs} ms after it was lost`)
    expect(healedMs).toBeLessThanOrEqual(2000)
    // Their connections were in the one that is gone: docker itself says so, with a failure, and at once.
    expect((await pending.exited).exitCode).toBe(125)
    expect((await waiting.exited).exitCode).not.toBe(0)
    expect(await dockerOk(['inspect', '-f', '{{.State.Running}}', name])).toBe('true')
    await dockerOk(['rm', '-f', name])
    expect((await docker(['exec', container.name, 'true'])).exitCode).toBe(0)
    expect(await status()).toMatchObject({ state: 'running', vm: { pid: before.vm?.pid } })
  })
})

/** dockerd re-dials a containerd that was away with a growing pause and tells nobody: asked again until it has, for 20 s. */
async function untilExecWorks(container: string): Promise<void> {
  const deadline = performance.now() + 20_000
  for (;;) {
    const ran = await docker(['exec', container, 'true'])
    if (ran.exitCode === 0) return
    if (performance.now() > deadline) throw new Error(`docker exec still fails: ${ran.stderr}`)
    await after(500)
  }
}

/** When the engine's newest event of a kind happened, in ms since 1970. */
async function timeOf(kind: string): Promise<number> {
  return Date.parse((await engineEvents(kind))[0]?.at ?? '')
}

/** Runs a line in the guest that may cut the connection it runs over. */
async function coveOkOrCut(line: string): Promise<void> {
  await coveOk(['shell', '--', 'sh', '-c', line]).catch(() => undefined)
}
