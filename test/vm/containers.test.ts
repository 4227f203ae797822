import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { image, startContainer, uniqueName, type TestContainer } from './fixtures/containers.ts'
import { docker, dockerOk, status } from './fixtures/run.ts'
import { spawnDocker } from './fixtures/running.ts'

// Two at a time: what one waits for leaves a processor to the other.
describe.concurrent('containers through the docker CLI', () => {
  /** For stories that only look: each container costs two seconds of an emulated guest. */
  let asleep: TestContainer
  beforeAll(async () => {
    asleep = await startContainer(['sleep', '3600'])
  })
  afterAll(() => asleep[Symbol.asyncDispose]())

  it('C1 version and info tell of a Linux server', async () => {
    expect(await dockerOk(['version', '--format', '{{.Server.Version}}'])).toMatch(/^2\d\.\d+/)
    const { vm } = await status()
    expect(await dockerOk(['info', '--format', '{{.OSType}} {{.NCPU}}'])).toBe(`linux ${vm?.cpus}`)
    expect(await dockerOk(['info', '--format', '{{json .Warnings}}'])).toMatch(/^(null|\[\])$/)
  })

  it('C2 run prints exactly what the command prints', async () => {
    const ran = await docker(['run', '--rm', image, 'echo', 'hello'])
    expect(ran).toMatchObject({ exitCode: 0, stdout: 'hello\n', stderr: '' })
  })

  it('C3 run -d starts a container that ps finds by name', async () => {
    const id = await dockerOk(['ps', '-q', '--no-trunc', '--filter', `name=${asleep.name}`])
    expect(id).toMatch(/^[0-9a-f]{64}$/)
  })

  it('C4 exec runs in a running container and fails in a stopped one', async () => {
    expect(await dockerOk(['exec', '-e', 'A=b c', asleep.name, 'sh', '-c', 'echo "$A"; exit 0'])).toBe('b c')
    expect((await docker(['exec', asleep.name, 'sh', '-c', 'exit 7'])).exitCode).toBe(7)
    await using container = await startContainer(['true'])
    await dockerOk(['wait', container.name])
    const refused = await docker(['exec', container.name, 'true'])
    expect(refused.exitCode).not.toBe(0)
    expect(refused.stderr).toContain('is not running')
  })

  it('C5 logs keep their order, tail, since and follow', async () => {
    const script = 'for i in $(seq 1 200); do echo line-$i; done; sleep 2; echo late; echo oops >&2'
    await using container = await startContainer(['sh', '-c', script])
    const followed = await docker(['logs', '-f', container.name])
    const expected = [...Array.from({ length: 200 }, (_, i) => `line-${i + 1}`), 'late']
    expect(followed.stdout.trim().split('\n')).toEqual(expected)
    expect(followed.stderr.trim()).toBe('oops')
    expect((await docker(['logs', '--tail', '2', container.name])).stdout).toContain('late')
    const stamped = await dockerOk(['logs', '-t', container.name])
    const since = stamped.split('\n').find((line) => line.endsWith(' late'))?.split(' ')[0] ?? ''
    expect((await docker(['logs', '--since', since, container.name])).stdout).toBe('late\n')
  })

  it('C6 stop, start, restart, pause, unpause and kill lead to the states they name', async () => {
    await using container = await startContainer(['sh', '-c', 'trap "exit 0" TERM; sleep 600 & wait'])
    const state = () => dockerOk(['inspect', '-f', '{{.State.Status}} {{.State.Paused}}', container.name])
    for (const [verb, expected] of [
      ['pause', 'paused true'],
      ['unpause', 'running false'],
      ['stop', 'exited false'],
      ['start', 'running false'],
      ['restart', 'running false'],
      ['kill', 'exited false'],
    ] as const) {
      await dockerOk([verb, container.name])
      expect(await state(), verb).toBe(expected)
    }
    expect(await dockerOk(['inspect', '-f', '{{.State.ExitCode}}', container.name])).toBe('137')
  })

  it('C7 wait and run return the exit code, and run passes signals on', async () => {
    await using container = await startContainer(['sh', '-c', 'exit 42'])
    expect(await dockerOk(['wait', container.name])).toBe('42')
    expect((await docker(['run', '--rm', image, 'sh', '-c', 'exit 3'])).exitCode).toBe(3)
    const name = uniqueName('sig')
    await using running = spawnDocker(['run', '--rm', '--name', name, image, 'sh', '-c', 'trap "exit 9" INT; echo ready; while :; do sleep 0.1; done'])
    await running.until('ready')
    process.kill(running.pid, 'SIGINT')
    expect((await running.exited).exitCode).toBe(9)
  })

  it('C8 rename changes the name and keeps the container', async () => {
    // Its own: others look for `asleep` by name meanwhile.
    await using container = await startContainer(['sleep', '600'])
    const renamed = uniqueName('renamed')
    const id = await dockerOk(['inspect', '-f', '{{.Id}}', container.name])
    await dockerOk(['rename', container.name, renamed])
    expect(await dockerOk(['inspect', '-f', '{{.Id}}', renamed])).toBe(id)
    await dockerOk(['rename', renamed, container.name])
  })

  it('C10 stats without a stream shows one row with figures', async () => {
    const row = await dockerOk(['stats', '--no-stream', '--format', '{{.Name}} {{.MemUsage}} {{.PIDs}}', asleep.name])
    expect(row).toMatch(new RegExp(`^${asleep.name} [0-9.]+[KM]iB / [0-9.]+[MG]iB [1-9]`))
  })

  it('C11 events between two times tell the story of a container', async () => {
    const since = await guestTime()
    const name = uniqueName('ev')
    await dockerOk(['run', '--rm', '--name', name, image, 'true'])
    const until = await guestTime()
    const events = await dockerOk(['events', '--since', since, '--until', until, '--filter', `container=${name}`, '--format', '{{.Action}}'])
    expect(events.split('\n')).toEqual(expect.arrayContaining(['create', 'start', 'die', 'destroy']))
  })

  it('C12 port names the published address', async () => {
    await using container = await startContainer(['sleep', '600'], ['-p', '127.0.0.1:18080:80'])
    expect(await dockerOk(['port', container.name])).toBe('80/tcp -> 127.0.0.1:18080')
  })

  it('C19 --init makes tini PID 1, which reaps orphans', async () => {
    await using container = await startContainer(['sleep', '600'], ['--init'])
    expect(await dockerOk(['exec', container.name, 'cat', '/proc/1/comm'])).toMatch(/^(docker-init|tini)$/)
    await dockerOk(['exec', container.name, 'sh', '-c', '(sleep 0.1 &) ; sleep 1'])
    expect(await dockerOk(['exec', container.name, 'sh', '-c', 'grep -l "State:.Z" /proc/[0-9]*/status 2>/dev/null | wc -l'])).toBe('0')
  })
})

/** The guest's clock, as Docker tells it. */
function guestTime(): Promise<string> {
  return dockerOk(['info', '--format', '{{.SystemTime}}'])
}
