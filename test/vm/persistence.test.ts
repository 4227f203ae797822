import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { covePaths } from '#base/paths.ts'
import { connectEngine } from '#base/engine-client.ts'
import { describe, expect, inject, it } from 'vitest'
import { image, removeLater, startContainer, uniqueName } from './fixtures/containers.ts'
import { awaitEvents, untilStatus } from './fixtures/engine.ts'
import { cove, coveOk, docker, dockerOk, status } from './fixtures/run.ts'

describe('faults inside the guest', () => {
  it.for(['dockerd', 'containerd', 'sshd'])('S4 kill -9 of %s heals without a restart of the vm', async (service) => {
    const before = await status()
    await using container = await startContainer(['sleep', '900'], ['--restart', 'always'])
    // The running service is the guest supervisor's child, and its oldest process of that name.
    await using revived = await awaitEvents((event) => event.kind === 'guest.service-running' && event.detail['name'] === service)
    await cove(['shell', '--', 'sh', '-c', `kill -9 $(pidof ${service} | tr ' ' '\\n' | sort -n | head -n 1)`])
    await revived.happened
    expect((await docker(['version'], { timeoutMs: 60_000 })).exitCode).toBe(0)
    await dockerOk(['exec', container.name, 'true'])
    const now = await status()
    expect(now).toMatchObject({ state: 'running', vm: { pid: before.vm?.pid } })
  })
})

describe('faults of the host side', () => {
  it('S11 the tunnel heals within 2 s after its connection is cut', async () => {
    const { vm } = await status()
    await using healed = await awaitEvents((event) => event.kind === 'tunnel.healed')
    const started = performance.now()
    await coveOk(['shell', '--', 'sh', '-c', 'kill -9 $PPID'], {}).catch(() => undefined)
    await healed.happened
    expect(performance.now() - started).toBeLessThan(2000 + 3000)
    expect((await docker(['info'])).exitCode).toBe(0)
    expect((await status()).vm?.pid).toBe(vm?.pid)
  })

  it('S9 a vm that stood still for a while has the right time again', async () => {
    await using client = await connectEngine({ paths: covePaths(inject('cove').home) })
    await client.api.engine.pause()
    await after(60_000)
    await client.api.engine.resume()
    const skews = await Promise.all(
      [1, 2, 3].map(async () => {
        const sent = Date.now()
        const guest = Number(await coveOk(['shell', '--', 'date', '+%s%3N'])) || 0
        return Math.max(sent - guest, guest - Date.now(), 0)
      }),
    )
    expect(Math.min(...skews)).toBeLessThanOrEqual(1000)
  })

  it('S2 kill -9 of the engine leaves containers running, and the next status re-attaches', async () => {
    await using container = await startContainer(['sleep', '900'])
    const before = await status()
    process.kill(before.engine?.pid ?? 0, 'SIGKILL')
    await coveOk(['start', '--wait'])
    const now = await status()
    expect(now.engine?.pid).not.toBe(before.engine?.pid)
    expect(now).toMatchObject({ state: 'running', vm: { pid: before.vm?.pid } })
    expect(await dockerOk(['inspect', '-f', '{{.State.Running}} {{.RestartCount}}', container.name])).toBe('true 0')
  })

  it('S7 two starts at once give one vm', async () => {
    await coveOk(['stop'])
    const starts = await Promise.all([cove(['start', '--wait'], { timeoutMs: 280_000 }), cove(['start', '--wait'], { timeoutMs: 280_000 })])
    expect(starts.map(({ exitCode }) => exitCode)).toEqual([0, 0])
    const { vm } = await status()
    const record = await readFile(join(inject('cove').home, 'run', 'vm.json'), 'utf8')
    expect(record).toContain(String(vm?.pid))
  })
})

describe('what survives', () => {
  it('S1 C15 a stop and a start bring back restart=always, images and volumes', async () => {
    const [name, volume, tag] = [uniqueName('always'), uniqueName('vol'), uniqueName('img')]
    await using _volume = removeLater('volume', volume)
    await using _image = removeLater('image', tag)
    await dockerOk(['tag', image, tag])
    await dockerOk(['run', '-d', '--name', name, '--restart', 'always', '-v', `${volume}:/data`, image, 'sh', '-c', 'echo one >> /data/starts; sleep 900'])
    const stopped = await cove(['stop'])
    expect(stopped.exitCode).toBe(0)
    expect((await status()).state).toBe('off')
    await coveOk(['start', '--wait'], { timeoutMs: 280_000 })
    expect(await dockerOk(['inspect', '-f', '{{.State.Running}}', name])).toBe('true')
    expect(await dockerOk(['exec', name, 'cat', '/data/starts'])).toBe('one\none')
    expect(await dockerOk(['images', '-q', tag])).not.toBe('')
    await dockerOk(['rm', '-f', name])
  })

  it('S3 after kill -9 of QEMU under write load the state says why, start recovers, and fsynced data is there', async () => {
    const volume = uniqueName('load')
    await using _volume = removeLater('volume', volume)
    const writer = 'i=0; while :; do i=$((i+1)); echo $i > /data/last.new; sync /data/last.new; mv /data/last.new /data/last; sync /data; echo synced-$i; done'
    const name = uniqueName('writer')
    await dockerOk(['run', '-d', '--name', name, '-v', `${volume}:/data`, image, 'sh', '-c', writer])
    const { spawnDocker } = await import('./fixtures/running.ts')
    await using logs = spawnDocker(['logs', '-f', name])
    await logs.until('synced-20')
    const { vm } = await status()
    await using failed = await untilStatus((now) => now.state === 'failed')
    process.kill(vm?.pid ?? 0, 'SIGKILL')
    await failed.happened
    const synced = Number(/synced-(\d+)\n(?!.*synced)/s.exec(logs.output())?.[1])
    expect((await status()).reason).toMatch(/kill|SIGKILL|signal/i)
    await coveOk(['start', '--wait'], { timeoutMs: 280_000 })
    const last = Number(await dockerOk(['run', '--rm', '-v', `${volume}:/data`, image, 'cat', '/data/last']))
    expect(last).toBeGreaterThanOrEqual(synced)
    await dockerOk(['rm', '-f', name])
  })
})
