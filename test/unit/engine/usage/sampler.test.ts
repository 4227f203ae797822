import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { silentLogger } from '#base/log.ts'
import { createDockerClient } from '#engine/docker/docker-client.ts'
import { openStore } from '#engine/store/store.ts'
import { Sampler } from '#engine/usage/sampler.ts'
import { startFakeDocker } from '../../../fixtures/fake-docker/fake-docker.ts'

test.skipIf(process.platform === 'win32')('while somebody watches running containers are asked and remembered; nobody is asked when none runs', async () => {
  await using opened = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'cove-s-'))
  opened.defer(() => rmSync(folder, { recursive: true }))
  const docker = opened.use(await startFakeDocker(join(folder, 'd.sock')))
  const one = docker.state.addContainer({ name: 'one' })
  docker.state.addContainer({ name: 'off', state: 'exited' })
  const store = opened.use(openStore({ file: ':memory:', log: silentLogger }))
  const client = opened.use(createDockerClient({ openSocket: docker.openSocket }))
  const sampler = opened.use(new Sampler({ docker: client, samples: store.samples, log: silentLogger, isPaused: () => false, pace: { aloneMs: 1e6, watchedMs: 1, storedMs: 0 } }))
  const leaving = new AbortController()
  const rounds = sampler.watch(leaving.signal)
  const until = async (count: number): Promise<void> => {
    for (;;) if (((await rounds.next()).value?.usages.length ?? -1) === count) return
  }
  await until(1)
  expect(client.live.containers.size).toBe(2)
  docker.state.set(one, 'exited', 'die')
  await until(0)
  const asked = docker.asked.length
  const waiting = rounds.next()
  await vi.waitFor(() => expect(client.live.alive).toBe(0))
  leaving.abort()
  await waiting
  expect(docker.asked.slice(asked).filter((what) => what.endsWith('/stats'))).toEqual([])
})
