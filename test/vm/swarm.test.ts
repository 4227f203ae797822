import { beforeAll, describe, expect, it } from 'vitest'
import { image, uniqueName } from './fixtures/containers.ts'
import { freePort, get, listPorts } from './fixtures/ports.ts'
import { docker, dockerOk } from './fixtures/run.ts'

describe('a swarm of one', () => {
  const service = uniqueName('svc')
  const network = uniqueName('overlay')

  beforeAll(async () => {
    await dockerOk(['swarm', 'init'])
    return async () => void (await docker(['swarm', 'leave', '--force']))
  })

  it('C23 a service with 3 replicas comes up on an overlay network and answers at one address', async () => {
    await dockerOk(['network', 'create', '-d', 'overlay', '--attachable', network])
    await dockerOk(['service', 'create', '-q', '--name', service, '--replicas', '3', '--stop-grace-period', '0s', '--network', network, image, 'httpd', '-f', '-p', '80', '-h', '/www'])
    expect(await runningTasks(service)).toHaveLength(3)
    expect(await dockerOk(['run', '--rm', '--network', network, image, 'wget', '-qO-', `http://${service}/`])).toContain('<title>Cove</title>')
  })

  it('C23 it scales down and up', async () => {
    await dockerOk(['service', 'scale', `${service}=1`])
    expect(await runningTasks(service)).toHaveLength(1)
    await dockerOk(['service', 'scale', `${service}=2`])
    expect(await runningTasks(service)).toHaveLength(2)
  })

  it('C23 a port published with mode=host is open here', async () => {
    const [name, port] = [uniqueName('web'), await freePort()]
    await dockerOk(['service', 'create', '-q', '--name', name, '--stop-grace-period', '0s', '--publish', `mode=host,published=${port},target=80`, image, 'httpd', '-f', '-p', '80', '-h', '/www'])
    await expect.poll(() => get(port), { timeout: 20_000 }).toBe('HTTP/1.1 200 OK')
    await dockerOk(['service', 'rm', name])
  })

  it('C23 a port published by the routing mesh is open here, and follows its service', async () => {
    const [name, port, other] = [uniqueName('mesh'), await freePort(), await freePort()]
    await dockerOk(['service', 'create', '-q', '--name', name, '--replicas', '2', '--stop-grace-period', '0s', '--publish', `${port}:80`, image, 'httpd', '-f', '-p', '80', '-h', '/www'])
    for (const address of ['127.0.0.1', '::1']) await expect.poll(() => get(port, address), { timeout: 20_000 }).toBe('HTTP/1.1 200 OK')
    await dockerOk(['service', 'update', '-q', '--publish-rm', '80', '--publish-add', `${other}:80`, name])
    await expect.poll(() => get(other), { timeout: 20_000 }).toBe('HTTP/1.1 200 OK')
    // Asked of the engine: a client that comes while a replica goes is answered by nobody for a minute, as on Linux.
    const listed = async (): Promise<number[]> => (await listPorts()).map(({ hostPort }) => hostPort)
    await expect.poll(listed, { timeout: 20_000 }).not.toContain(port)
    expect(await get(port)).toBe('ECONNREFUSED')
    await dockerOk(['service', 'rm', name])
    await expect.poll(listed, { timeout: 20_000 }).not.toContain(other)
    expect(await get(other)).toBe('ECONNREFUSED')
  })

  it('C23 leaving takes services and networks along', async () => {
    await dockerOk(['service', 'rm', service])
    await dockerOk(['swarm', 'leave', '--force'])
    expect(await dockerOk(['info', '-f', '{{.Swarm.LocalNodeState}}'])).toBe('inactive')
    expect(await dockerOk(['network', 'ls', '-q', '--filter', `name=${network}`])).toBe('')
  })
})

/** Ids of the service's tasks that run. */
async function runningTasks(service: string): Promise<string[]> {
  const tasks = await dockerOk(['service', 'ps', '--filter', 'desired-state=running', '--format', '{{.ID}} {{.CurrentState}}', service])
  return tasks.split('\n').filter((line) => line.includes('Running'))
}
