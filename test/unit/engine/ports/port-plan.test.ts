import { describe, expect, test } from 'vitest'
import { bindingOf, describeBinding, isTwin, isWildcard, type WantedPort } from '#engine/ports/port-plan.ts'

const want: WantedPort = {
  id: 1,
  protocol: 'tcp',
  hostAddress: '0.0.0.0',
  hostPort: 8080,
  containerAddress: '172.17.0.2',
  containerPort: 80,
  guestPort: 1024,
  isWaiting: true,
}

describe('where a published port listens', () => {
  test.each([
    ['0.0.0.0', 'loopback', 'forward', '127.0.0.1'],
    ['0.0.0.0', 'all', 'forward', '0.0.0.0'],
    ['::', 'loopback', 'relay', '::1'],
    ['::', 'all', 'relay', '::'],
    ['127.0.0.1', 'all', 'forward', '127.0.0.1'],
    ['192.168.1.5', 'loopback', 'forward', '192.168.1.5'],
    ['::1', 'all', 'relay', '::1'],
    ['fd00::5', 'loopback', 'relay', 'fd00::5'],
  ] as const)('published on %s with the rule %s: a %s on %s', (hostAddress, rule, kind, expected) => {
    expect(bindingOf({ ...want, hostAddress }, rule)).toEqual({ kind, protocol: 'tcp', hostAddress: expected, hostPort: 8080, guestPort: 1024 })
  })

  test('only the two addresses that Docker makes up are wildcards', () => {
    expect(['0.0.0.0', '::', '127.0.0.1', '::1', 'toString'].map((hostAddress) => isWildcard({ hostAddress }))).toEqual([true, true, false, false, false])
  })
})

test('twins lead from the same port to the same container', () => {
  expect(isTwin(want, { ...want, id: 2, hostAddress: '::', guestPort: 1025 })).toBe(true)
  const others = [{ protocol: 'udp' as const }, { hostPort: 8081 }, { containerAddress: '172.17.0.3' }, { containerPort: 81 }]
  for (const other of others) expect(isTwin(want, { ...want, ...other })).toBe(false)
})

test('a binding is named as it would be in a browser', () => {
  expect(describeBinding({ protocol: 'tcp', hostAddress: '::1', hostPort: 80 })).toBe('[::1]:80/tcp')
  expect(describeBinding({ protocol: 'udp', hostAddress: '0.0.0.0', hostPort: 53 })).toBe('0.0.0.0:53/udp')
})
