import { expect } from 'vitest'
import type { FakeParts } from './fake-parts.ts'

/** Everything opened was closed exactly once, and nobody listens any more. */
export function expectAllClosed(parts: FakeParts): void {
  expect(parts.vms.map((vm) => ({ pid: vm.pid, disposals: vm.disposals, listeners: vm.listeners }))).toEqual(parts.vms.map(({ pid }) => ({ pid, disposals: 1, listeners: 0 })))
  expect(parts.tunnels.map((tunnel) => [tunnel.disposals, tunnel.listeners])).toEqual(parts.tunnels.map(() => [1, 0]))
  expect(parts.dockers.map((docker) => docker.disposals)).toEqual(parts.dockers.map(() => 1))
}
