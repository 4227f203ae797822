import { beforeEach, expect, test } from 'vitest'
import { CoveError } from '#contract/errors.ts'
import { behindDoor, VolumeDoor } from '#engine/files/volume-door.ts'
import { smallDocker, type SmallDocker } from '../docker/small-docker.ts'

const signal = new AbortController().signal
let asked: string[]
beforeEach(() => void (asked = []))

/** Answers what a door asks of Docker and notes it. */
function answerDoors(docker: SmallDocker): void {
  docker.answer('/volumes/db', { Name: 'db' })
  docker.serve('/images/create', (request, response) => void request.resume().on('end', () => (asked.push('image'), response.end('{"status":"sha256:0"}\n'))))
  docker.serve('/images/cove%2Ffiles%3Aempty', (_, response) => (asked.push('remove image'), response.end('[]')))
  docker.serve('/containers/create', (request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += String(chunk))).on('end', () => {
      const { HostConfig: made, Labels: labels } = JSON.parse(body) as { HostConfig: { ReadonlyRootfs: boolean; NetworkMode: string; Mounts: object[] }; Labels: object }
      asked.push(JSON.stringify([labels, made.ReadonlyRootfs, made.NetworkMode, made.Mounts]))
      response.writeHead(201, { 'content-type': 'application/json' }).end('{"Id":"d1"}')
    })
  })
}

test('a volume is reached by a container that never starts, has nothing but that volume, can be written nowhere else, and goes again', async () => {
  await using docker = await smallDocker()
  answerDoors(docker)
  const session = { docker: docker.client, tunnel: {} as never }
  await new VolumeDoor().through({ session, signal }, 'db', async ({ id }) => void asked.push(`work in ${id}`))
  const made = '[{"org.cove.files":"db"},true,"none",[{"Type":"volume","Source":"db","Target":"/v","VolumeOptions":{"NoCopy":true}}]]'
  expect(asked).toEqual(['remove image', 'image', made, 'work in d1', 'remove image'])
  expect([behindDoor('/'), behindDoor('/a b/c')]).toEqual(['/v', '/v/a b/c'])
})

test('two take turns, and one that fails leaves nothing and does not hold up the next', async () => {
  await using docker = await smallDocker()
  answerDoors(docker)
  const door = new VolumeDoor()
  const reached = { session: { docker: docker.client, tunnel: {} as never }, signal }
  const gate = Promise.withResolvers<void>()
  const first = door.through(reached, 'db', async () => {
    asked.push('first')
    await gate.promise
    throw new CoveError('docker.refused', { message: 'no' })
  })
  const second = door.through(reached, 'db', async () => void asked.push('second'))
  gate.resolve()
  await expect(first).rejects.toMatchObject({ code: 'docker.refused' })
  await second
  expect(asked.filter((what) => !what.startsWith('['))).toEqual(['remove image', 'image', 'first', 'remove image', 'remove image', 'image', 'second', 'remove image'])
})

test('for a volume that is not there nothing is made', async () => {
  await using docker = await smallDocker()
  answerDoors(docker)
  const reached = { session: { docker: docker.client, tunnel: {} as never }, signal }
  await expect(new VolumeDoor().through(reached, 'nope', async () => undefined)).rejects.toMatchObject({ code: 'docker.not-found' })
  expect(asked).toEqual([])
})

test('whoever waits for a turn may leave', async () => {
  await using docker = await smallDocker()
  answerDoors(docker)
  const door = new VolumeDoor()
  const session = { docker: docker.client, tunnel: {} as never }
  const gate = Promise.withResolvers<void>()
  const first = door.through({ session, signal }, 'db', () => gate.promise)
  const leaving = new AbortController()
  const second = door.through({ session, signal: leaving.signal }, 'db', async () => void asked.push('second'))
  const third = door.through({ session, signal }, 'db', async () => void asked.push('third'))
  leaving.abort(new CoveError('operation.cancelled', { message: 'left' }))
  await expect(second).rejects.toMatchObject({ code: 'operation.cancelled' })
  gate.resolve()
  await Promise.all([first, third])
  expect(asked).toContain('third')
  expect(asked).not.toContain('second')
})
