import { copyFile, readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import type { TransferPlan } from '#contract/transfer.ts'
import { ArchiveWriter } from '#engine/transfer/archive/archive-writer.ts'
import { inPieces, tarOf, type Entry } from '../unit/engine/transfer/tar/tar-bytes.ts'
import { image, removeLater, uniqueName } from './fixtures/containers.ts'
import { temporaryFolder } from './fixtures/host.ts'
import { inGuest, otherDocker } from './fixtures/other-docker.ts'
import { cove, coveOk, docker, dockerOk } from './fixtures/run.ts'


/** Everything a transfer makes for itself, as Docker lists it. */
async function leftovers(): Promise<string> {
  const [containers, volumes, images] = await Promise.all([
    dockerOk(['ps', '-aq', '--filter', 'label=org.cove.transfer']),
    dockerOk(['volume', 'ls', '-q', '--filter', 'label=org.cove.transfer']),
    dockerOk(['images', '-q', 'cove/transfer']),
  ])
  return containers + volumes + images
}

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
