import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ShareEntry } from '#contract/share.ts'
import type { Status } from '#contract/state.ts'
import { identifyProcess } from '#base/process-identity.ts'
import { enoughOpenFiles, openFilesOf } from '#engine/vm/virtiofs/open-files.ts'
import { whyNoOrdinaryVirtiofs, whyNoVirtiofs } from '../../fixtures/virtiofs.ts'
import { image, uniqueName } from '../fixtures/containers.ts'
import { untilStatus } from '../fixtures/engine.ts'
import { temporaryFolder } from '../fixtures/host.ts'
import { ordinaryCove } from '../fixtures/ordinary-user.ts'
import { ownHome } from '../fixtures/own-home.ts'
import { freePort } from '../fixtures/ports.ts'
import { rustVirtiofsd } from '../fixtures/rust-virtiofsd.ts'
import { cove, coveOk, docker, dockerOk, status } from '../fixtures/run.ts'

const whyNot = await whyNoVirtiofs()
const whyNotOrdinary = whyNoOrdinaryVirtiofs()
/** How long the second of the stories may take that have a vm of their own, one after the other. */
const bothLimitMs = 10 * 60_000
let former: Promise<void> = Promise.resolve()

/** One vm at a time beside the shared one: resolves when it is the caller's turn, which ends with the scope. */
async function ownTurn(): Promise<Disposable> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const before = former
  former = promise
  await before
  return { [Symbol.dispose]: resolve }
}

interface Servers {
  servers: { folder: string; process: { pid: number } }[]
}

beforeAll(() => coveOk(['start', '--wait'], { timeoutMs: 280_000 }))
afterAll(() => coveOk(['config', 'unset', 'sleep.afterMin']))

// Beside the other one to save its minute: the shared vm does next to nothing until it sleeps.
describe('sleep without being told', { concurrent: true }, () => {
  it('P10 falls asleep by itself beside a running container and a client that watches; its published port wakes it, and it goes on where it was', async () => {
    const name = uniqueName('counting')
    // Not one that Docker chooses: another vm's Docker chooses the same, and takes it while neither this vm nor the engine listens.
    const address = `127.0.0.1:${await freePort()}`
    await dockerOk(['run', '-d', '--name', name, '-p', `${address}:80`, image, 'sh', '-c', 'mkdir /www; echo served > /www/index.html; httpd -h /www; i=0; while :; do i=$((i+1)); echo $i; sleep 1; done'])
    await using sleeping = await untilStatus(({ state, step }) => state === 'sleeping' && step === null)
    await coveOk(['config', 'set', 'sleep.withContainers', 'true'])
    await coveOk(['config', 'set', 'sleep.afterMin', '1'])
    await sleeping.happened
    await coveOk(['config', 'set', 'sleep.afterMin', '0'])
    await coveOk(['config', 'unset', 'sleep.withContainers'])
    console.log(`engine while the vm sleeps, MiB: ${JSON.stringify(await engineRssMiB())}`)
    const began = performance.now()
    const answer = await fetch(`http://${address}/`, { signal: AbortSignal.timeout(120_000) })
    expect((await answer.text()).trim()).toBe('served')
    console.log(`a published port answered ${Math.round(performance.now() - began)} ms after it was asked of a sleeping vm`)
    expect((await status()).state).toBe('running')
    const lines = (await dockerOk(['logs', name])).split('\n').map(Number)
    expect(lines).toEqual(lines.map((_, index) => index + 1))
    expect(await dockerOk(['inspect', '-f', '{{.State.Running}} {{.RestartCount}}', name])).toBe('true 0')
    await dockerOk(['rm', '-f', name])
  })
})

// One story on one boot: each part begins where the one before it ended.
describe.skipIf(whyNot !== '')(`folders shared by virtiofs${whyNot}`, { concurrent: true }, () => {
  it('M1 M2 M4 M10 M15 S10 are read, written and owned as on the host, show neither COVE_HOME nor what lies outside, and have a way on when their server dies or the vm sleeps', async () => {
    using _turn = await ownTurn()
    await using mine = await ownHome()
    await using other = await temporaryFolder()
    const env = { ...mine.env, DOCKER_HOST: `unix://${join(mine.home, 'docker.sock')}` }
    const own = { env, timeoutMs: 280_000 }
    // The home of this engine lies in what it shares.
    const shared = dirname(mine.home)
    const inside = (command: string, folder = shared): Promise<string> => dockerOk(['run', '--rm', '-v', `${folder}:/m`, '-w', '/m', image, 'sh', '-c', command], own)
    const shares = async (): Promise<Record<string, string>> => {
      const entries = JSON.parse(await coveOk(['share', 'list', '--json'], own)) as ShareEntry[]
      return Object.fromEntries(entries.map(({ path, state, driver }) => [path, `${state} ${driver}`]))
    }
    const statusThere = async (): Promise<Status> => JSON.parse(await coveOk(['status', '--json'], own)) as Status

    await coveOk(['config', 'set', 'share.driver', 'virtiofs'], own)
    await coveOk(['config', 'set', 'share.folders', `${shared},${other.path}`], own)
    await coveOk(['config', 'set', 'sleep.afterMin', '0'], own)
    const started = await cove(['start', '--wait'], own)
    expect(started.exitCode, started.stderr).toBe(0)
    const { servers } = JSON.parse(await readFile(join(mine.home, 'run', 'virtiofs.json'), 'utf8')) as Servers
    expect(await unexpected((await statusThere()).warnings, servers)).toEqual([])
    expect(await shares()).toEqual({ [shared]: 'mounted virtiofs', [other.path]: 'mounted virtiofs' })

    await mkdir(join(shared, 'work'))
    await chmod(join(shared, 'work'), 0o777)
    await writeFile(join(shared, 'work', 'ours'), 'host')
    await symlink('/etc/hostname', join(shared, 'work', 'out'))
    await symlink('../../../../../../../../etc/passwd', join(shared, 'work', 'up'))
    const secret = await readFile('/etc/passwd', 'utf8')
    const said = await inside(`cat work/ours; grep -c ' /m virtiofs ' /proc/mounts; echo theirs > work/theirs; chmod 750 work/theirs; ls -A ${JSON.stringify(mine.home.slice(shared.length + 1))} | wc -l; cat h/settings.json h/keys/* 2>/dev/null; cat work/up work/out 2>/dev/null; true`)
    expect(said.split('\n').slice(0, 2)).toEqual(['host1', '0'])
    expect(said).not.toContain('PRIVATE')
    // Links are followed by the guest, in the guest.
    expect(said).not.toContain(secret.trim())
    expect(await readFile(join(shared, 'work', 'theirs'), 'utf8')).toBe('theirs\n')
    expect(await stat(join(shared, 'work', 'theirs'))).toMatchObject({ uid: process.geteuid?.(), mode: 0o100750 })
    // By name from a host's edit to a container that looks again.
    const seeing = docker(['run', '--rm', '-v', `${shared}:/m:ro`, image, 'sh', '-c', 'echo x > /m/work/no; until grep -q edited /m/work/ours; do sleep 0.1; done; echo seen'], own)
    await writeFile(join(shared, 'work', 'ours'), 'edited on the host')
    expect(await seeing).toMatchObject({ exitCode: 0, stdout: 'seen\n', stderr: expect.stringContaining('Read-only') })

    process.kill(servers.find(({ folder }) => folder === other.path)!.process.pid, 'SIGKILL')
    await vi.waitFor(async () => expect(await shares()).toEqual({ [shared]: 'mounted virtiofs', [other.path]: 'mounted cove' }), { timeout: 60_000, interval: 500 })
    expect((await statusThere()).warnings.join()).toContain(`"${other.path}" ended`)
    expect(await inside('echo on > still; cat still', other.path)).toBe('on')
    expect(await readFile(join(other.path, 'still'), 'utf8')).toBe('on\n')

    await dockerOk(['run', '-d', '--name', 'awake', image, 'sleep', '1000'], own)
    const refused = await cove(['sleep'], own)
    expect(refused).toMatchObject({ exitCode: 5, stderr: expect.stringMatching(/cannot be saved: .*by\s+virtiofs/) })
    expect((await statusThere()).state).toBe('running')
    await dockerOk(['rm', '-f', 'awake'], own)
    expect(await coveOk(['sleep', '--json'], own)).toContain('"sleeping"')
    expect(await statusThere()).toMatchObject({ state: 'sleeping', vm: null, warnings: [expect.stringMatching(/was stopped and boots .* virtiofs/)] })
    expect(await Promise.all(servers.map(({ process: { pid } }) => identifyProcess(pid)))).toEqual([undefined, undefined])
  })
})

describe.skipIf(whyNotOrdinary !== '')(`folders shared by virtiofs by an ordinary user${whyNotOrdinary}`, { concurrent: true }, () => {
  it('M2 M4 M8 M15 are served by the server written in Rust: all is the user’s, and nothing but what is shared is reached', async ({ skip }) => {
    using _turn = await ownTurn()
    const [programs, failure] = await rustVirtiofsd().then((folder) => [folder, undefined] as const, (error: unknown) => [undefined, error instanceof Error ? error.message : 'for no reason'] as const)
    if (failure !== undefined) skip(`virtiofsd for ordinary users could not be fetched: ${failure}`)
    await using me = await ordinaryCove({ settings: { 'share.driver': 'virtiofs' }, programs })
    const at = (name: string): string => join(me.home, name)
    expect((JSON.parse((await me.cove('share', 'list', '--json')).stdout) as ShareEntry[]).map(({ state, driver }) => `${state} ${driver}`)).toEqual(['mounted virtiofs', 'mounted virtiofs'])
    const { servers } = JSON.parse(await readFile(join(me.coveHome, 'run', 'virtiofs.json'), 'utf8')) as Servers
    expect(await unexpected((JSON.parse((await me.cove('status', '--json')).stdout) as Status).warnings, servers)).toEqual([])
    for (const { process: { pid } } of servers) {
      expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).toContain('--shared-dir=')
      expect(await readFile(`/proc/${pid}/status`, 'utf8')).toMatch(new RegExp(`^Uid:\\s+${me.uid}\\s`, 'm'))
    }
    await writeFile(at('ours'), 'host')
    await symlink('../../../../../../../../etc/passwd', at('up'))
    expect(await me.inside('grep -c " $PWD virtiofs " /proc/mounts; cat ours; echo; echo theirs > theirs; mkdir open; chmod 777 open; stat -c "%u %g" theirs; ls -A .c | wc -l; cat up 2>&1 | wc -c')).toMatch(new RegExp(`^1\\nhost\\n${me.uid} ${me.gid}\\n0\\n`))
    expect(await me.inside('cat up 2>/dev/null || true')).not.toContain(`:${me.uid}:${me.gid}:`)
    // Everybody in the guest is the user on the host, and what they make the user's.
    expect(await me.inside('echo x > refused || echo no; echo x > open/file; stat -c "%u %g" open/file', { user: '54321:54321' })).toBe(`no\n${me.uid} ${me.gid}`)
    for (const name of ['theirs', 'open/file']) expect(await stat(at(name))).toMatchObject({ uid: me.uid, gid: me.gid })
    expect(await readFile(at('theirs'), 'utf8')).toBe('theirs\n')
  }, bothLimitMs)
})

/** Warnings of virtiofs, but for the one that a server which may open few files is there to give. */
async function unexpected(warnings: readonly string[], servers: Servers['servers']): Promise<string[]> {
  const isOfFew = (warning: string): boolean => warning.includes('Too many open files')
  const files = await openFilesOf(servers[0]?.process.pid ?? 0)
  expect(warnings.some(isOfFew)).toBe((files ?? 0) < enoughOpenFiles)
  return warnings.filter((warning) => warning.includes('virtiofs') && !isOfFew(warning))
}

async function engineRssMiB(): Promise<Record<string, number>> {
  const { engine } = await status()
  const text = await readFile(join('/proc', String(engine?.pid), 'status'), 'utf8')
  return Object.fromEntries([...text.matchAll(/^(VmRSS|RssAnon|RssFile):\s+(\d+)/gm)].map(([, key, kib]) => [key, Math.round(Number(kib) / 1024)]))
}
