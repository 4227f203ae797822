import { describe, expect, it } from 'vitest'
import { image, removeLater, startContainer, uniqueName } from './fixtures/containers.ts'
import { docker, dockerOk } from './fixtures/run.ts'

// Two at a time: what one waits for leaves a processor to the other.
describe('networks and volumes', () => {
  it.concurrent('C14 containers of one network find each other by name', async () => {
    const network = uniqueName('net')
    await using _network = removeLater('network', network)
    await dockerOk(['network', 'create', network])
    await using server = await startContainer(['httpd', '-f', '-p', '80', '-h', '/etc'], ['--network', network])
    // Debian's static busybox cannot resolve names in wget (glibc's NSS); its nslookup asks the DNS server itself.
    const script = `wget -q -T 10 -O - "http://$(nslookup ${server.name} | awk '/^Address/ && !/:53/ { print $NF }' | tail -n 1)/hostname"`
    const fetched = await dockerOk(['run', '--rm', '--network', network, image, 'sh', '-c', script])
    expect(fetched).toMatch(/^[0-9a-f]{12}$/)
  })

  it.concurrent('C14 two networks are isolated from each other until a container is connected to both', async () => {
    const [left, right] = [uniqueName('left'), uniqueName('right')]
    await using _left = removeLater('network', left)
    await using _right = removeLater('network', right)
    await dockerOk(['network', 'create', left])
    await dockerOk(['network', 'create', right])
    await using server = await startContainer(['httpd', '-f', '-p', '80', '-h', '/etc'], ['--network', left])
    await using client = await startContainer(['sleep', '600'], ['--network', right])
    const address = await dockerOk(['inspect', '-f', `{{(index .NetworkSettings.Networks "${left}").IPAddress}}`, server.name])
    const reach = () => docker(['exec', client.name, 'wget', '-q', '-T', '3', '-O', '-', `http://${address}/hostname`])
    expect((await reach()).exitCode).not.toBe(0)
    await dockerOk(['network', 'connect', left, client.name])
    expect((await reach()).stdout).toMatch(/^[0-9a-f]{12}/)
    await dockerOk(['network', 'disconnect', left, client.name])
    expect((await reach()).exitCode).not.toBe(0)
  })

  it.concurrent('C15 a volume outlives its containers', async () => {
    const volume = uniqueName('vol')
    await using _volume = removeLater('volume', volume)
    await dockerOk(['run', '--rm', '-v', `${volume}:/data`, image, 'sh', '-c', 'echo kept > /data/file'])
    expect(await dockerOk(['run', '--rm', '-v', `${volume}:/data:ro`, image, 'cat', '/data/file'])).toBe('kept')
  })
})

describe('what nothing uses', () => {
  it.concurrent('C14 prune removes only networks that nothing uses', async () => {
    const [used, unused] = [uniqueName('used'), uniqueName('unused')]
    await using _used = removeLater('network', used)
    await dockerOk(['network', 'create', used])
    await dockerOk(['network', 'create', unused])
    await using _container = await startContainer(['sleep', '600'], ['--network', used])
    await dockerOk(['network', 'prune', '-f'])
    const left = await dockerOk(['network', 'ls', '--format', '{{.Name}}'])
    expect(left.split('\n')).toContain(used)
    expect(left.split('\n')).not.toContain(unused)
  })

  it.concurrent('C15 prune removes unused volumes and keeps used ones', async () => {
    const [used, unused] = [uniqueName('used'), uniqueName('unused')]
    await using _used = removeLater('volume', used)
    await dockerOk(['volume', 'create', unused])
    await using _container = await startContainer(['sleep', '600'], ['-v', `${used}:/data`])
    await dockerOk(['volume', 'prune', '-af'])
    const left = (await dockerOk(['volume', 'ls', '-q'])).split('\n')
    expect(left).toContain(used)
    expect(left).not.toContain(unused)
  })
})
