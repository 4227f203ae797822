import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, inject, it } from 'vitest'
import { Finding } from '#contract/doctor.ts'
import { temporaryFolder } from './fixtures/host.ts'
import { cove, coveOk, docker } from './fixtures/run.ts'
import { spawnCove } from './fixtures/running.ts'

describe('looking for trouble', () => {
  it('doctor finds nothing wrong with a running vm', async () => {
    const found = Finding.array().parse(JSON.parse(await coveOk(['doctor', '--json'])))
    expect(found.filter(({ level }) => level === 'problem')).toEqual([])
    expect(found.find(({ name }) => name === 'docker')?.message).toMatch(/^Docker 2\d\.\S+ answers$/)
  })

  it('logs show what engine, guest and QEMU wrote', async () => {
    expect(await coveOk(['logs', 'engine'])).toMatch(/^\d{4}-\S+ info .*engine listens/m)
    expect(await coveOk(['logs', 'guest'])).toContain('--- boot ')
    expect((await cove(['logs', 'qemu'])).exitCode).toBe(0)
    expect((await coveOk(['logs', '--tail', '1', 'guest'])).split('\n')).toHaveLength(1)
  })

  it('logs --follow goes on with what is written until it is interrupted', async () => {
    await using followed = spawnCove(['logs', '--follow', '--tail', '0', 'guest'])
    await using again = spawnCove(['logs', '--follow', 'guest'])
    await again.until('--- boot ')
    // Nothing tells when a follower of what comes from now on has begun.
    await using speaking = spawnCove(['shell', '--', 'sh', '-c', 'for i in $(seq 60); do echo mark-7731 > /dev/console; echo spoken; sleep 1; done'])
    await speaking.until('spoken')
    await followed.until('mark-7731')
    process.kill(followed.pid, 'SIGINT')
    expect((await followed.exited).exitCode).toBe(130)
  })

  it('diagnose writes a private bundle that names its files', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'bundle.tar.gz')
    const told = JSON.parse(await coveOk(['diagnose', '--output', path, '--json'])) as { entries: { name: string }[] }
    const { stdout } = await execa('tar', ['-tzf', path])
    expect(stdout.split('\n')).toEqual(told.entries.map(({ name }) => name))
    expect(stdout).toContain('logs/engine.log')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await cove(['diagnose', '--output', path])).exitCode).toBe(9)
  })

  it('U3 the docker context that `cove context use` makes reaches the vm, and rm takes it away again', async () => {
    await using folder = await temporaryFolder()
    const env = { DOCKER_CONFIG: folder.path, DOCKER_HOST: '' }
    await coveOk(['context', 'use'], { env })
    const used = await docker(['version', '--format', '{{.Server.Os}}'], { env })
    expect(used).toMatchObject({ exitCode: 0, stdout: 'linux\n' })
    expect((await docker(['context', 'inspect', 'cove', '--format', '{{.Endpoints.docker.Host}}'], { env })).stdout.trim()).toBe(`unix://${inject('cove').dockerSocket}`)
    await coveOk(['context', 'rm'], { env })
    expect((await docker(['context', 'ls', '-q'], { env })).stdout).not.toContain('cove')
  })
})
