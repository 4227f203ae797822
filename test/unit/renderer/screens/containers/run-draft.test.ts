import { expect, test } from 'vitest'
import { RunSpec } from '#contract/container-run.ts'
import { copyOf, draftOf, emptyDraft, specOf, splitWords } from '#renderer/screens/containers/run/run-draft.ts'

test('a form becomes a spec, empty rows left out', () => {
  const spec = specOf({
    ...emptyDraft,
    image: ' nginx ',
    ports: [{ host: '8080', container: '80', protocol: 'tcp' }, { host: '', container: '', protocol: 'tcp' }, { host: '[::1]:53', container: '53', protocol: 'udp' }, { host: '3000', container: '', protocol: 'tcp' }],
    env: [{ name: 'A', value: 'b c' }, { name: '', value: 'x' }],
    mounts: [{ source: 'data', target: '/data', isReadOnly: false }, { source: '/home/me', target: '/me', isReadOnly: true }],
    cpus: '1.5',
  })
  expect(spec).toMatchObject({
    image: 'nginx',
    name: null,
    ports: [
      { hostPort: 8080, containerPort: 80, protocol: 'tcp' },
      { hostIp: '::1', hostPort: 53, containerPort: 53, protocol: 'udp' },
      { hostPort: 3000, containerPort: 3000 },
    ],
    env: [{ name: 'A', value: 'b c' }],
    mounts: [{ type: 'volume', source: 'data' }, { type: 'bind', source: '/home/me', isReadOnly: true }],
    cpus: 1.5,
  })
  expect(RunSpec.safeParse(spec).success).toBe(true)
})

test('what cannot be is no spec', () => {
  const port = (host: string, container: string) => specOf({ ...emptyDraft, image: 'i', ports: [{ host, container, protocol: 'tcp' }] })
  expect(specOf(emptyDraft)).toBeUndefined()
  expect([port('70000', '80'), port('x', '80'), port('80', '0'), port('', '80')].map((spec) => spec !== undefined)).toEqual([false, false, false, true])
  expect(specOf({ ...emptyDraft, image: 'i', cpus: '-1' })).toBeUndefined()
})

test('a clone’s form says what the container was made of', () => {
  const spec = RunSpec.parse({ image: 'i', name: 'n', command: ['sh', '-c', "echo 'it''s'"], ports: [{ hostIp: '127.0.0.1', hostPort: 80, containerPort: 8080 }], user: 'me', memoryMiB: 64, labels: { a: 'b' } })
  expect(RunSpec.parse(specOf(draftOf(spec)))).toEqual(spec)
})

test('a copy has a name of its own and keeps memory mounts and SCTP; ports of this computer only while the first one does not run', () => {
  const spec = RunSpec.parse({ image: 'i', ports: [{ hostPort: 80, containerPort: 8080 }, { hostPort: 81, containerPort: 81, protocol: 'sctp' }], mounts: [{ type: 'tmpfs', target: '/t' }, { type: 'volume', source: 'v', target: '/v' }] })
  const copied = (isRunning: boolean) => RunSpec.parse(specOf(copyOf(spec, { name: 'web', isRunning, secrets: [] })))
  expect(copied(true)).toMatchObject({ name: 'web-copy', ports: [{ hostPort: null, containerPort: 8080 }, { hostPort: null, protocol: 'sctp' }], mounts: [{ type: 'volume', source: 'v' }, { type: 'tmpfs', target: '/t' }] })
  expect(copied(false).ports).toEqual(spec.ports)
})

test('a command line is split as a shell would', () => {
  expect(splitWords(`sh -c 'echo "a b"' x\\ y "q\\"q" plain'joined'`)).toEqual(['sh', '-c', 'echo "a b"', 'x y', 'q"q', 'plainjoined'])
  expect(splitWords('')).toEqual([])
})
