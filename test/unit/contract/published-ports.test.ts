import { expect, test } from 'vitest'
import { publishedPorts } from '#contract/published-ports.ts'

const port = (hostIp: string | null, hostPort: number | null, containerPort: number, protocol = 'tcp') => ({ hostIp, hostPort, containerPort, protocol })

test('a port is shown once although it listens on IPv4 and IPv6, in the order of the numbers', () => {
  const ports = [port('0.0.0.0', 9000, 90), port('::', 9000, 90), port('127.0.0.1', 80, 8080), port('::1', 80, 8080)]
  expect(publishedPorts(ports)).toEqual([
    { text: '80:8080', url: 'http://localhost:80' },
    { text: '9000:90', url: 'http://localhost:9000' },
  ])
})

test('an address of its own is said, and what no browser speaks is no link', () => {
  expect(publishedPorts([port('192.168.1.5', 80, 80)])).toEqual([{ text: '192.168.1.5:80:80', url: 'http://192.168.1.5:80' }])
  expect(publishedPorts([port('fe80::1', 80, 80)])[0]?.url).toBe('http://[fe80::1]:80')
  expect(publishedPorts([port('', 53, 53, 'udp')])).toEqual([{ text: '53:53/udp', url: null }])
  expect(publishedPorts([port('', 8443, 443)])[0]?.url).toBe('https://localhost:8443')
})

test('an address that is none gets into no link', () => {
  for (const hostIp of ['evil.example', '10.0.0.1/@evil.example', 'user@10.0.0.1', '1:2]/']) expect(publishedPorts([port(hostIp, 80, 80)])[0]?.url, hostIp).toBeNull()
})

test('a port that is not published is not listed', () => {
  expect(publishedPorts([port(null, null, 80)])).toEqual([])
})
