import { expect, test } from 'vitest'
import { countIncoming } from '#engine/vm/user-network.ts'

const head = `Hub -1 (net0):
  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ
  TCP[ESTABLISHED]   25       127.0.0.1 36123       10.0.2.15    22     0     0
  TCP[HOST_FORWARD]  12       127.0.0.1 36123       10.0.2.15    22     0     0
  TCP[HOST_FORWARD]  14       127.0.0.1  8080       10.0.2.16  1027     0     0
  TCP[ESTABLISHED]   27       10.0.2.15 40112    151.101.1.63   443     0     0
  UDP[236 sec]       29       10.0.2.15 55122        10.0.2.3    53     0     0
`

test('the tunnel, listeners and what the guest itself opened do not count', () => {
  expect(countIncoming(head)).toBe(0)
  expect(countIncoming('')).toBe(0)
})

test('each connection to a published port counts', () => {
  const line = '  TCP[ESTABLISHED]   31       127.0.0.1  8080       10.0.2.16  1027     0     0\n'
  expect(countIncoming(head + line + line)).toBe(2)
})
