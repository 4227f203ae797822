import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { copyFile, readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { connectEngine, type EngineClient } from '#base/engine-client.ts'
import { covePaths } from '#base/paths.ts'
import type { TransferEvent, TransferPlan } from '#contract/transfer.ts'
import { ArchiveWriter } from '#engine/transfer/archive/archive-writer.ts'
import { inPieces, tarOf, type Entry } from '../unit/engine/transfer/tar/tar-bytes.ts'
import { image, removeLater, uniqueName } from './fixtures/containers.ts'
import { temporaryFolder } from './fixtures/host.ts'
import { inGuest, otherDocker } from './fixtures/other-docker.ts'
import { cove, coveOk, docker, dockerOk, status } from './fixtures/run.ts'

const everySize = process.env['COVE_TEST_FULL'] === '1' ? 300 : 32
const none = { networks: [], volumes: [], images: [], projects: [], settings: false }

function connect(): Promise<EngineClient> {
  return connectEngine({ paths: covePaths(inject('cove').home) })
}

/** Everything a transfer makes for itself, as Docker lists it. */
async function leftovers(): Promise<string> {
  const [containers, volumes, images] = await Promise.all([
    dockerOk(['ps', '-aq', '--filter', 'label=org.cove.transfer']),
    dockerOk(['volume', 'ls', '-q', '--filter', 'label=org.cove.transfer']),
    dockerOk(['images', '-q', 'cove/transfer']),
  ])
  return containers + volumes + images
}

/** A volume's tree with owners, modes, link counts, targets, times and sums. */
function treeOf(volume: string): Promise<string> {
  const script = 'cd /v && find . -exec stat -c "%n %F %a %u:%g %h %Y" {} + | sort && find . -type f -exec md5sum {} + | sort && readlink abs && readlink up'
  return dockerOk(['run', '--rm', '-v', `${volume}:/v:ro`, image, 'sh', '-c', script])
}

const fill = `cd /v; echo one > a; ln a b; ln -s /etc/passwd abs; ln -s ../../x up; mkdir -p d/e; mkfifo f; mknod n c 1 3
  head -c 3000000 /dev/urandom > big; echo ü > "ü name"; chown 1000:1001 d a; chmod 2750 d; chmod 4755 a; chown 5:6 .; chmod 1777 .; touch -d "2001-02-03 04:05:06" d big`

test('In and out: what is exported, removed and imported again is the same, and repeating it changes nothing', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'all.cove')
  const [volume, network, tag, made] = [uniqueName('v'), uniqueName('n'), `${uniqueName('i')}:1`, uniqueName('c')]
  await using _volume = removeLater('volume', volume)
  await using _copy = removeLater('volume', `${volume}-imported`)
  await using _network = removeLater('network', network)
  await using _image = removeLater('image', tag)
  await dockerOk(['network', 'create', '--internal', '--label', 'a=b', network])
  await dockerOk(['volume', 'create', '--label', 'app=shop', volume])
  await dockerOk(['run', '--name', made, '-v', `${volume}:/v`, image, 'sh', '-c', `echo new > /new; ${fill}`])
  await dockerOk(['commit', '-c', 'CMD ["cat", "/new"]', made, tag])
  await dockerOk(['rm', made])
  const before = await treeOf(volume)
  const id = await dockerOk(['image', 'inspect', '-f', '{{.Id}}', tag])
  const what = ['--volumes', volume, '--networks', network, '--images', tag]

  const plan = JSON.parse(await coveOk(['export', '--dry-run', '--json', ...what])) as TransferPlan
  expect(plan.items.map(({ name }) => name)).toEqual([network, volume, tag])
  expect(plan.items[1]?.bytes).toBeGreaterThan(3_000_000)
  await coveOk(['export', file, ...what])
  expect((await cove(['export', file, ...what])).exitCode).toBe(9)
  await coveOk(['import', file, '--verify'])
  const unchanged = JSON.parse(await coveOk(['import', file, '--json'])) as TransferPlan
  expect(unchanged.items.map(({ action }) => action)).toEqual(['present', 'present', 'present'])

  await dockerOk(['volume', 'rm', volume])
  await dockerOk(['network', 'rm', network])
  await dockerOk(['rmi', tag])
  await coveOk(['import', file])
  expect(await treeOf(volume)).toBe(before)
  expect(await dockerOk(['volume', 'inspect', '-f', '{{json .Labels}}', volume])).toBe('{"app":"shop"}')
  expect(await dockerOk(['network', 'inspect', '-f', '{{.Internal}} {{json .Labels}}', network])).toBe('true {"a":"b"}')
  expect(await dockerOk(['image', 'inspect', '-f', '{{.Id}}', tag])).toBe(id)
  expect(await dockerOk(['run', '--rm', '-v', `${volume}:/v`, tag, 'sh', '-c', 'cat /new; echo changed > /v/a'])).toBe('new')
  const again = JSON.parse(await coveOk(['import', file, '--json'])) as TransferPlan
  expect(again.items.map(({ action }) => action)).toEqual(['present', 'present', 'present'])

  // Replaced on request only, and never under a container that runs.
  await using _busy = { [Symbol.asyncDispose]: async () => void (await docker(['rm', '-f', made])) }
  await dockerOk(['run', '-d', '--init', '--name', made, '-v', `${volume}:/v`, image, 'sleep', '1000'])
  const refused = await cove(['import', file, '--volumes', volume, '--on-conflict', 'replace'])
  expect(refused).toMatchObject({ exitCode: 11, stderr: expect.stringContaining(`docker stop ${made}`) as string })
  await dockerOk(['stop', '-t', '0', made])
  await coveOk(['import', file, '--volumes', volume, '--on-conflict', 'replace'])
  expect(await treeOf(volume)).toBe(before)
  expect(await leftovers()).toBe('')
})

/** An archive of one volume with this tar, every digest right. */
async function forge(path: string, volume: string, tar: Buffer): Promise<void> {
  await using writer = await ArchiveWriter.create(path)
  const content = await writer.addContent(inPieces(tar, 65_536), () => undefined)
  writer.add({ kind: 'volume', name: volume, options: {}, labels: {}, content })
  await writer.finish()
}

test('In and out: nothing of a hostile or damaged archive reaches past its volume', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'x.cove')
  const volume = uniqueName('v')
  await using _volume = removeLater('volume', volume)
  const root: Entry = { name: 'v/', type: 'directory' }
  const guestState = 'md5sum /etc/passwd; ls -d /etc/evil /tmp/evil /run/evil /var/lib/docker/volumes/evil 2>/dev/null; ls /var/lib/docker/volumes | wc -l'
  const before = await inGuest(guestState)
  const refused: Entry[][] = [
    [root, { name: 'v/../../etc/evil', content: 'x' }],
    [root, { name: '/etc/evil', content: 'x' }],
    [root, { name: 'v/h', type: 'link', linkname: '/etc/passwd' }],
    [root, { name: 'v/s', pax: { 'GNU.sparse.realsize': '9999999999999' }, content: 'x' }],
  ]
  for (const entries of refused) {
    await forge(file, volume, await tarOf(entries))
    expect(await cove(['import', file])).toMatchObject({ exitCode: 11, stderr: expect.stringContaining(`volume "${volume}"`) as string })
  }
  await forge(file, volume, await tarOf([root, { name: 'v/a', content: 'x'.repeat(100_000) }]))
  const short = join(folder.path, 'short.cove')
  await copyFile(file, short)
  await truncate(short, (await readFile(file)).length - 1)
  expect(await cove(['import', short])).toMatchObject({ exitCode: 11, stderr: expect.stringContaining('cut short') as string })
  expect(await inGuest(guestState)).toBe(before)

  // Through links of its own, which Docker unpacks in a chroot of an empty container.
  await forge(file, volume, await tarOf([root, { name: 'v/l', type: 'symlink', linkname: '/etc' }, { name: 'v/l/evil', content: 'x' }, { name: 'v/r', type: 'symlink', linkname: '/proc/1/root' }, { name: 'v/r/tmp/evil', content: 'x' }, { name: 'v/dup', content: '1' }, { name: 'v/dup', content: '2' }]))
  const ran = await cove(['import', file])
  expect([0, 8]).toContain(ran.exitCode)
  await docker(['volume', 'rm', '-f', volume])
  expect(await inGuest(guestState)).toBe(before)
  expect(await leftovers()).toBe('')
})

/** Waits for the copy of an import to be under way. */
async function untilCopying(events: AsyncIterable<TransferEvent>): Promise<void> {
  for await (const event of events) if (event.type === 'progress' && event.phase === 'copy' && event.bytes > 0) return
  throw new Error('it ended before it was seen to copy')
}

test(`In and out: an import that is cut off leaves no half volume and goes on; ${everySize} MB pass in bounded memory, and nobody waits for them`, async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'big.cove')
  const [first, big] = [uniqueName('a'), uniqueName('b')]
  await using _first = removeLater('volume', first)
  await using _big = removeLater('volume', big)
  const names = ['--volumes', `${first},${big}`]
  {
    await using writer = await ArchiveWriter.create(file)
    const tar = await tarOf([{ name: 'v/', type: 'directory' }, { name: 'v/a', content: 'hello' }])
    writer.add({ kind: 'volume', name: first, options: {}, labels: {}, content: await writer.addContent(inPieces(tar, 1000), () => undefined) })
    const long = await tarOf([{ name: 'v/', type: 'directory' }, { name: 'v/data', content: Buffer.concat([randomBytes(8 * 1024 * 1024), Buffer.alloc((everySize - 8) * 1024 * 1024, 7)]) }])
    writer.add({ kind: 'volume', name: big, options: {}, labels: {}, content: await writer.addContent(inPieces(long, 65_536), () => undefined) })
    await writer.finish()
  }
  const input = { source: { type: 'archive' as const, path: file }, selection: { ...none, volumes: [first, big] }, onConflict: 'fail' as const, projectsDir: folder.path }

  // The engine killed in the middle of it.
  {
    await using client = await connect()
    const { engine } = await client.api.engine.status()
    const events = await client.api.import.apply(input)
    for await (const event of events) if (event.type === 'progress' && event.phase === 'copy' && event.current === `volume ${big}`) break
    process.kill(engine?.pid ?? 0, 'SIGKILL')
    await client.closed
  }
  expect((await status()).state).not.toBe('off')
  await coveOk(['start', '--wait'])
  await expect.poll(leftovers, { timeout: 60_000, interval: 500 }).toBe('')
  expect(await dockerOk(['volume', 'ls', '-q'])).toContain(first)
  expect(await dockerOk(['volume', 'ls', '-q'])).not.toContain(big)

  // The caller gone in the middle of it.
  {
    await using client = await connect()
    await untilCopying(await client.api.import.apply(input))
  }
  await expect.poll(leftovers, { timeout: 60_000, interval: 500 }).toBe('')
  expect(await dockerOk(['volume', 'ls', '-q'])).not.toContain(big)

  const rest = JSON.parse(await coveOk(['import', file, ...names, '--json'])) as TransferPlan
  expect(rest.items.map(({ name, action }) => [name, action])).toEqual([[first, 'present'], [big, 'copy']])

  // Out again: the engine's memory and its answers meanwhile.
  await using client = await connect()
  const { engine } = await client.api.engine.status()
  const rss = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${engine?.pid}/status`, 'utf8'))?.[1]) / 1024
  const ask = async (): Promise<number> => {
    const started = performance.now()
    await client.api.engine.status()
    return performance.now() - started
  }
  const idle = await median(ask)
  const atRest = rss()
  let most = atRest
  const busy: number[] = []
  for await (const event of await client.api.export.write({ selection: input.selection, path: join(folder.path, 'out.cove') })) {
    most = Math.max(most, rss())
    if (event.type === 'progress') busy.push(await ask())
  }
  const waits = busy.toSorted((a, b) => a - b)
  console.log(`export of ${everySize} MB: engine ${atRest.toFixed(0)} MiB before, at most ${most.toFixed(0)} MiB; status ${idle.toFixed(1)} ms idle, median ${(waits[waits.length >> 1] ?? 0).toFixed(1)} ms of ${waits.length} meanwhile`)
  expect(most - atRest).toBeLessThan(64)
  expect(waits[waits.length >> 1] ?? 0).toBeLessThan(idle + 50)
  await coveOk(['import', join(folder.path, 'out.cove'), '--verify'])
})

async function median(ask: () => Promise<number>): Promise<number> {
  const all: number[] = []
  for (let i = 0; i < 15; i++) all.push(await ask())
  return all.toSorted((a, b) => a - b)[7] ?? 0
}

test('In and out: from another Docker straight across, by its socket', async () => {
  await using folder = await temporaryFolder()
  await using other = await otherDocker(folder.path)
  const [volume, tag, project] = [uniqueName('v'), `${uniqueName('i')}:1`, uniqueName('p')]
  await using _volume = removeLater('volume', volume)
  await using _image = removeLater('image', tag)
  const there = (args: string[], input?: Buffer) => dockerOk(['-H', `unix://${other.socket}`, ...args], { ...(input ? { input } : {}), env: { DOCKER_HOST: '' } })
  await there(['import', '-c', 'CMD ["x"]', '-', tag], await tarOf([{ name: 'hello', content: 'hi' }]))
  await there(['volume', 'create', '--label', `com.docker.compose.project=${project}`, volume])
  const made = await there(['create', '--network', 'none', '-l', `com.docker.compose.project=${project}`, '-v', `${volume}:/v`, tag, 'x'])
  await there(['cp', '-', `${made}:/v`], await tarOf([{ name: 'data', content: 'from there' }]))
  const id = await there(['image', 'inspect', '-f', '{{.Id}}', tag])

  expect(await cove(['import', '--from', inject('cove').dockerSocket])).toMatchObject({ exitCode: 11, stderr: expect.stringContaining("Cove's own") as string })
  const plan = JSON.parse(await coveOk(['import', '--from', other.socket, '--projects', project, '--dry-run', '--json'])) as TransferPlan
  expect(plan.items.map(({ kind, name }) => [kind, name])).toEqual([['volume', volume], ['image', tag], ['project', project]])
  await coveOk(['import', '--from', other.socket, '--projects', project])
  expect(await dockerOk(['run', '--rm', '-v', `${volume}:/v`, image, 'cat', '/v/data'])).toBe('from there')
  expect(await dockerOk(['image', 'inspect', '-f', '{{.Id}}', tag])).toBe(id)
  const again = JSON.parse(await coveOk(['import', '--from', other.socket, '--projects', project, '--json'])) as TransferPlan
  expect(again.items.map(({ action }) => action)).toEqual(['present', 'present', 'present'])
  expect(await there(['ps', '-aq', '--filter', 'label=org.cove.transfer'])).toBe('')
  expect(await there(['images', '-q', 'cove/transfer'])).toBe('')
})
