import { expect, test } from 'vitest'
import { RunSpec } from '#contract/container-run.ts'
import { detailOf, Inspection } from '#engine/docker/container-detail.ts'
import { createBody, runWords, shellLine, specOf } from '#engine/docker/container-run.ts'

const spec = RunSpec.parse({
  image: 'alpine:3',
  name: 'web',
  entrypoint: ['/bin/sh', '-c'],
  command: ["echo it's"],
  env: [{ name: 'A', value: 'b c' }],
  ports: [{ containerPort: 80, hostPort: 8080 }, { containerPort: 53, protocol: 'udp' }, { containerPort: 1, hostPort: 2, hostIp: '::1' }],
  mounts: [{ type: 'bind', source: '/home/me', target: '/app', isReadOnly: true }, { type: 'volume', target: '/anonymous' }, { type: 'tmpfs', target: '/tmp' }],
  cpus: 1.5,
  memoryMiB: 256,
  restart: 'unless-stopped',
})

test('the command line says what the form does', () => {
  expect(shellLine(runWords(spec))).toBe(
    String.raw`docker run -d --name web --cpus 1.5 --memory 256m --restart unless-stopped -p 8080:80 -p 53/udp -p '[::1]:2:1' -v /home/me:/app:ro -v /anonymous --tmpfs /tmp -e 'A=b c' --entrypoint /bin/sh alpine:3 -c 'echo it'\''s'`,
  )
})

test('Docker is asked for the same', () => {
  expect(createBody(spec)).toMatchObject({
    Image: 'alpine:3',
    Entrypoint: ['/bin/sh', '-c'],
    Env: ['A=b c'],
    HostConfig: {
      PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }], '53/udp': [{ HostIp: '', HostPort: '' }], '1/tcp': [{ HostIp: '::1', HostPort: '2' }] },
      Binds: ['/home/me:/app:ro', '/anonymous'],
      Tmpfs: { '/tmp': '' },
      NanoCpus: 1_500_000_000,
      Memory: 268_435_456,
      RestartPolicy: { Name: 'unless-stopped' },
    },
  })
})

const inspection = Inspection.parse({
  Id: 'a'.repeat(64),
  Name: '/web',
  State: { Running: true },
  Config: { Image: 'alpine:3', Cmd: ['sh'], Env: ['PATH=/bin', 'DB_PASSWORD=hunter2', 'URL=postgres://me:secret@db/x', 'A=1=2'], Labels: { mine: 'x', brought: 'y' }, Hostname: 'a'.repeat(12) },
  HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }] }, NetworkMode: 'bridge', RestartPolicy: { Name: 'always' }, NanoCpus: 5e8, Memory: 0 },
  Mounts: [{ Type: 'volume', Name: 'b'.repeat(64), Destination: '/own' }, { Type: 'volume', Name: 'data', Destination: '/data', RW: false }],
})

test('a container gives the form that makes another like it, without what its image brings', () => {
  expect(specOf(inspection, { Config: { Env: ['PATH=/bin'], Cmd: ['sh'], Labels: { brought: 'y' } } })).toMatchObject({
    image: 'alpine:3',
    name: null,
    command: null,
    env: [{ name: 'DB_PASSWORD', value: 'hunter2' }, { name: 'URL' }, { name: 'A', value: '1=2' }],
    ports: [{ hostIp: '127.0.0.1', hostPort: 8080, containerPort: 80, protocol: 'tcp' }],
    mounts: [{ type: 'volume', source: '', target: '/own' }, { source: 'data', isReadOnly: true }],
    labels: { mine: 'x' },
    network: null,
    hostname: null,
    cpus: 0.5,
    memoryMiB: null,
    restart: 'always',
  })
})

test('secrets of the environment come only when they are to be revealed, in the inspection too', () => {
  const text = JSON.stringify(detailOf(inspection, false))
  expect(text).not.toMatch(/hunter2|:secret@/)
  expect(detailOf(inspection, false).env).toContainEqual({ name: 'DB_PASSWORD', value: null, isSecret: true })
  expect(detailOf(inspection, true).env).toContainEqual({ name: 'DB_PASSWORD', value: 'hunter2', isSecret: true })
  expect(JSON.stringify(detailOf(inspection, true).raw)).toContain('hunter2')
})
