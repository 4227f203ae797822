import type { ServerResponse } from 'node:http'
import { expect, test, vi } from 'vitest'
import { LogWish } from '#contract/container-log.ts'
import { DockerApi } from '#engine/docker/docker-api.ts'
import { projectLogs } from '#engine/work/project-logs.ts'
import { type SmallDocker, smallDocker } from '../docker/small-docker.ts'

/** One more container of the project "p"; its log is what the test writes to. */
function addService(docker: SmallDocker, id: string): ServerResponse[] {
  const asked: ServerResponse[] = []
  docker.containers.set(id, { State: 'running', Labels: { 'com.docker.compose.project': 'p', 'com.docker.compose.service': id } })
  docker.answer(`/containers/${id}/json`, { Id: id, Name: `/n-${id}`, Created: '2026-01-01T00:00:00Z', State: { Status: 'running', Running: true }, Config: { Tty: true }, HostConfig: {} })
  docker.serve(`/containers/${id}/logs`, (_, response) => {
    asked.push(response)
    response.flushHeaders()
  })
  return asked
}

test('a container that comes while the logs of the others are still read is followed as well', async () => {
  await using docker = await smallDocker()
  const { live } = docker.client
  const ending = new AbortController()
  const api = new DockerApi(docker.client.send, AbortSignal.any([ending.signal, AbortSignal.timeout(10_000)]))
  const first = addService(docker, 'a')
  const lines: string[] = []
  const reading = (async () => {
    for await (const batch of projectLogs({ api, live, project: 'p', services: [] }, LogWish.parse({ follow: true }))) if (batch.kind === 'lines') lines.push(...batch.lines.map(({ container, text }) => `${container} ${text}`))
  })()
  await vi.waitFor(() => expect(first).toHaveLength(1))
  const second = addService(docker, 'b')
  docker.tell('start', 'b')
  await vi.waitFor(() => expect(live.containers.has('b')).toBe(true))
  first[0]?.end('2026-01-01T00:00:01.000000000Z one\r\n')
  await vi.waitFor(() => expect(second).toHaveLength(1))
  second[0]?.end('2026-01-01T00:00:02.000000000Z two\r\n')
  await vi.waitFor(() => expect(lines).toEqual(['n-a one', 'n-b two']))
  ending.abort()
  await reading.catch(() => undefined)
})
