import { expect, test } from 'vitest'
import type { Container } from '#contract/container.ts'
import type { Project } from '#contract/project.ts'
import { DockerModel } from '#desktop/docker-view.ts'

const container = (id: string, state = 'running', more: Partial<Container> = {}): Container => ({
  id, name: `name-${id}`, image: 'i', imageId: 'i', command: '', createdAt: '2026-11-22T09:00:00Z', state, status: 'Up', exitCode: null, health: null, networkMode: 'bridge', networks: [], ports: [], mounts: [], labels: {}, ...more,
})
const project = (name: string, states: string[], workingDir = `/w/${name}`): Project => ({ name, workingDir, configFiles: [], services: [{ name: 's', containers: states.map((state, index) => ({ id: `${name}${index}`, state, health: null })) }] })
const namesOf = (model: DockerModel) => model.view && { containers: model.view.containers.map(({ name }) => name), projects: model.view.projects.map(({ name, all, alive }) => `${name} ${alive}/${all}`) }

test('living containers are kept in the order of their names, as they come, change and go', () => {
  const model = new DockerModel()
  expect(model.view).toBeNull()
  model.takeContainers({ kind: 'all', objects: [container('10'), container('9', 'paused'), container('1', 'exited'), container('2', 'restarting')] })
  expect(namesOf(model)?.containers).toEqual(['name-2', 'name-9', 'name-10'])
  model.takeContainers({ kind: 'changed', objects: [container('1'), container('2', 'exited')], removed: ['9', 'unknown'] })
  expect(namesOf(model)?.containers).toEqual(['name-1', 'name-10'])
})

test('of a container only what the tray shows is kept: what else changes makes no other menu', () => {
  const model = new DockerModel()
  const ports = [{ protocol: 'tcp', containerPort: 80, hostIp: '127.0.0.1', hostPort: 8080 }, { protocol: 'udp', containerPort: 53, hostIp: '', hostPort: 53 }, { protocol: 'tcp', containerPort: 443, hostIp: null, hostPort: null }]
  model.takeContainers({ kind: 'all', objects: [container('1', 'running', { ports, health: 'unhealthy' })] })
  const before = model.view
  expect(before?.containers).toEqual([{ id: '1', name: 'name-1', state: 'running', isUnhealthy: true, urls: ['http://localhost:8080'] }])
  model.takeContainers({ kind: 'changed', objects: [container('1', 'running', { ports, health: 'unhealthy', status: 'Up 5 minutes', labels: { a: 'b' } })], removed: [] })
  expect(model.isChanged).toBe(false)
  expect(model.view).toBe(before)
  model.takeContainers({ kind: 'changed', objects: [container('2', 'exited')], removed: ['3'] })
  expect(model.view).toBe(before)
  model.takeContainers({ kind: 'changed', objects: [container('1', 'paused', { ports })], removed: [] })
  expect(model.isChanged).toBe(true)
  expect(model.view?.containers[0]).toMatchObject({ state: 'paused', isUnhealthy: false })
})

test('projects with containers and opened folders without any are one list', () => {
  const model = new DockerModel()
  model.takeFolders(['/w/shop', '/home/me/blog'])
  model.takeProjects({ kind: 'all', objects: [project('shop', ['running', 'exited']), project('api', ['paused'])] })
  expect(model.view).toBeNull()
  model.takeContainers({ kind: 'all', objects: [] })
  expect(namesOf(model)?.projects).toEqual(['api 1/1', 'blog 0/0', 'shop 1/2'])
  model.takeProjects({ kind: 'changed', objects: [], removed: ['shop'] })
  expect(model.view?.projects.map(({ part, target }) => ({ part, target }))).toEqual([
    { part: 'api', target: { name: 'api' } },
    { part: 'folder:/home/me/blog', target: { folder: '/home/me/blog' } },
    { part: 'folder:/w/shop', target: { folder: '/w/shop' } },
  ])
})

test('while Docker is away nothing is known; afterwards only what is there then', () => {
  const model = new DockerModel()
  model.takeContainers({ kind: 'all', objects: [container('1')] })
  model.takeContainers({ kind: 'away' })
  expect(model.view).toBeNull()
  model.takeContainers({ kind: 'all', objects: [container('2')] })
  expect(namesOf(model)?.containers).toEqual(['name-2'])
  model.clear()
  expect(model.view).toBeNull()
})

test('a container is found by its id, its name or what begins its id alone, whether it lives or not', () => {
  const model = new DockerModel()
  model.takeContainers({ kind: 'all', objects: [container('abc1'), container('abd2', 'exited'), container('e', 'running', { name: 'abc' })] })
  expect(['abc1', 'name-abd2', 'abd', 'abc', 'ab', 'nobody'].map((word) => model.findContainer(word))).toEqual(['abc1', 'abd2', 'abd2', 'e', undefined, undefined])
  model.takeContainers({ kind: 'changed', objects: [], removed: ['abd2'] })
  expect(model.findContainer('name-abd2')).toBeUndefined()
})
