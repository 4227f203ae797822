import { expect, test } from 'vitest'
import type { Container } from '#contract/container.ts'
import { containerTone } from '#renderer/parts/container-tone.ts'
import { usersOf } from '#renderer/screens/images/image-users.ts'
import { membersOf } from '#renderer/screens/networks/network-members.ts'
import { projectTone, runningCount } from '#renderer/screens/projects/project-state.ts'
import { usersOfVolumes } from '#renderer/screens/volumes/volume-users.ts'
import { plainContainer } from '../../engine/life/fake-live.ts'

const tone = (state: string, more: object = {}): string => containerTone({ state, health: null, ...more })

test('a container that failed stands out; one that was asked to end does not', () => {
  expect([tone('running'), tone('running', { health: 'unhealthy' }), tone('running', { health: 'starting' }), tone('paused')]).toEqual(['good', 'bad', 'busy', 'warn'])
  expect([0, 130, 143, null].map((exitCode) => tone('exited', { exitCode }))).toEqual(['calm', 'calm', 'calm', 'calm'])
  expect([1, 137].map((exitCode) => tone('exited', { exitCode }))).toEqual(['bad', 'bad'])
})

test('who uses images, volumes and networks follows from the containers', () => {
  const mount = { type: 'volume', volume: 'v', source: '', target: '/', isWritable: true }
  const containers: Container[] = [
    { ...plainContainer, id: '1', name: 'one', networks: ['n', 'm'], mounts: [mount] },
    { ...plainContainer, id: '2', name: 'two', networks: ['n'] },
  ]
  expect(usersOf(containers).get('sha256:1')).toBe(2)
  expect([...usersOfVolumes(containers)]).toEqual([['v', ['one']]])
  expect(membersOf(containers).get('n')?.map(({ id }) => id)).toEqual(['1', '2'])
})

test('a project is as well as its containers', () => {
  const project = (...states: [state: string, health?: 'unhealthy'][]) => ({ services: [{ name: 's', containers: states.map(([state, health]) => ({ id: '', state, health: health ?? null })) }] })
  expect(runningCount(project(['running'], ['exited']))).toEqual({ running: 1, all: 2 })
  expect([project(['running']), project(['running'], ['exited']), project(['exited']), project(['running', 'unhealthy'])].map(projectTone)).toEqual(['good', 'warn', 'calm', 'bad'])
})
