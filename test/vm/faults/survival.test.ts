import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { image, removeLater, uniqueName } from '../fixtures/containers.ts'
import { untilStatus } from '../fixtures/engine.ts'
import { temporaryFolder } from '../fixtures/host.ts'
import { dial, freePort, get } from '../fixtures/ports.ts'
import { cove, coveOk, docker, dockerOk, status } from '../fixtures/run.ts'
import { spawnDocker } from '../fixtures/running.ts'

describe('what survives', () => {
  it('S1 C15 P10 M2 a stop and a start bring back restart=always with its port, shared folder, images and volumes', async () => {
    const [name, volume, tag, port] = [uniqueName('always'), uniqueName('vol'), uniqueName('img'), await freePort()]
    await using _volume = removeLater('volume', volume)
    await using _image = removeLater('image', tag)
    await using shared = await temporaryFolder()
    await dockerOk(['tag', image, tag])
    await dockerOk(['run', '-d', '--name', name, '--restart', 'always', '-p', `127.0.0.1:${port}:80`, '-v', `${volume}:/data`, '-v', `${shared.path}:/shared`, image, 'sh', '-c', 'echo one >> /shared/starts; echo one >> /data/starts; sync; httpd -p 80 -h /etc; trap exit TERM; sleep 900 & wait'])
    const stopped = await cove(['stop'])
    expect(stopped.exitCode, stopped.stderr).toBe(0)
    expect(await status()).toMatchObject({ state: 'off', vm: null })
    expect(await dial(port)).toBe('ECONNREFUSED')
    const refused = await docker(['ps'])
    expect(refused.exitCode).not.toBe(0)
    expect(refused.stderr).toContain('cove start')
    await coveOk(['start', '--wait'], { timeoutMs: 280_000 })
    // Docker answers a moment before it has started the containers again.
    await using starts = spawnDocker(['events', '--since', '0', '--filter', `container=${name}`, '--filter', 'event=start', '--format', 'it {{.Action}}s'])
    await starts.until('it starts')
    expect(await dockerOk(['inspect', '-f', '{{.State.Running}}', name])).toBe('true')
    expect(await dockerOk(['exec', name, 'cat', '/data/starts'])).toBe('one\none')
    // The folder was there before Docker brought the container back.
    expect(await readFile(join(shared.path, 'starts'), 'utf8')).toBe('one\none\n')
    await expect.poll(() => get(port, '127.0.0.1', '/hostname'), { timeout: 20_000 }).toBe('HTTP/1.1 200 OK')
    expect(await dockerOk(['images', '-q', tag])).not.toBe('')
    await dockerOk(['rm', '-f', name])
  })

  it('S3 after kill -9 of QEMU under write load the state says why, start recovers, and fsynced data is there', async () => {
    const [volume, name] = [uniqueName('load'), uniqueName('writer')]
    await using _volume = removeLater('volume', volume)
    // Each number is said only once it and its name are on the disk; dd keeps the disk busy meanwhile.
    const writer = 'while :; do dd if=/dev/zero of=/data/noise bs=1M count=64 2>/dev/null; done & i=0; while :; do i=$((i+1)); echo $i > /data/new; sync /data/new; mv /data/new /data/last; sync /data; echo synced-$i; done'
    await dockerOk(['run', '-d', '--name', name, '-v', `${volume}:/data`, image, 'sh', '-c', writer])
    await using logs = spawnDocker(['logs', '-f', name])
    await logs.until('synced-20\n')
    const { vm } = await status()
    await using failed = await untilStatus((now) => now.state === 'failed')
    process.kill(vm?.pid ?? 0, 'SIGKILL')
    await failed.happened
    const synced = Number([...logs.output().matchAll(/synced-(\d+)\n/g)].at(-1)?.[1])
    const now = await status()
    expect(now.reason).toMatch(/SIGKILL/)
    expect(now.hint).toContain('cove start')
    expect((await docker(['ps'])).stderr).toMatch(/Cove failed|cove start/)
    await coveOk(['start', '--wait'], { timeoutMs: 280_000 })
    const last = Number(await dockerOk(['run', '--rm', '-v', `${volume}:/data`, image, 'cat', '/data/last']))
    expect(last).toBeGreaterThanOrEqual(synced)
    expect(synced).toBeGreaterThanOrEqual(20)
    // The disk itself is whole: QEMU marks one that is not.
    expect(await readFile(join(inject('cove').home, 'logs', 'guest.log'), 'utf8')).not.toMatch(/EXT4-fs error/)
    await dockerOk(['rm', '-f', name])
  })
})
