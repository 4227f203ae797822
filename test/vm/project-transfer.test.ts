import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { TransferPlan } from '#contract/transfer.ts'
import { buildFolder } from './fixtures/build-folder.ts'
import { image, uniqueName } from './fixtures/containers.ts'
import { temporaryFolder } from './fixtures/host.ts'
import { coveOk, docker, dockerOk } from './fixtures/run.ts'

const composeFile = (tag: string): string => `services:
  shop:
    image: ${tag}
    pull_policy: never
    command: [sh, -c, 'test -e /data/born || echo first > /data/born; exec sleep 1000']
    stop_grace_period: 0s
    volumes: [data:/data]
    networks: [inner]
volumes:
  data:
networks:
  inner:
    internal: true
`

test('In and out: a Compose project that was taken along comes up from what was imported, its data there and nothing in its way', async () => {
  const [name, tag] = [uniqueName('shop'), `${uniqueName('i')}:1`]
  await using there = await buildFolder({ 'compose.yml': composeFile(tag), Dockerfile: `FROM ${image}\nRUN echo made > /made\n` })
  await using here = await temporaryFolder()
  const file = join(here.path, 'shop.cove')
  const compose = (folder: string, ...args: string[]) => docker(['compose', '-p', name, '--project-directory', folder, '-f', join(folder, 'compose.yml'), ...args])
  await using _project = {
    [Symbol.asyncDispose]: async () => {
      await compose(there.path, 'down', '-v', '-t', '0')
      await docker(['rmi', '-f', tag])
    },
  }
  await dockerOk(['build', '-q', '-t', tag, there.path])
  expect((await compose(there.path, 'up', '-d')).exitCode).toBe(0)
  await expect.poll(async () => (await compose(there.path, 'exec', '-T', 'shop', 'cat', '/data/born')).stdout, { timeout: 20_000 }).toBe('first\n')
  await dockerOk(['compose', '-p', name, 'exec', '-T', 'shop', 'sh', '-c', 'echo sold > /data/born'])
  await coveOk(['export', file, '--projects', name])
  await compose(there.path, 'down', '-v', '-t', '0')
  await dockerOk(['rmi', tag])

  const { items } = JSON.parse(await coveOk(['import', file, '--projects-to', here.path, '--json'])) as TransferPlan
  expect(items.map(({ kind, action }) => `${kind} ${action}`).toSorted()).toEqual(['image copy', 'network copy', 'project copy', 'volume copy'])
  const up = await compose(join(here.path, name), 'up', '-d')
  expect([up.exitCode, up.stderr.match(/warn|already exists|not created by/gi)]).toEqual([0, null])
  expect((await compose(join(here.path, name), 'exec', '-T', 'shop', 'cat', '/data/born', '/made')).stdout).toBe('sold\nmade\n')
})
