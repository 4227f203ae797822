import { expect, test, vi } from 'vitest'
import type { Companion } from '#engine/life/parts.ts'
import { expectAllClosed } from './expect-all-closed.ts'
import { FakeParts } from './fake-parts.ts'
import { type FakeVm, Gate } from './fake-vm.ts'

/** A companion that writes down when it comes and goes. */
function diary(name: string, lines: string[]): Companion {
  const stay = (where: string): AsyncDisposable => {
    lines.push(`${name} joins ${where}`)
    return { [Symbol.asyncDispose]: async () => void lines.push(`${name} leaves ${where}`) }
  }
  return { name, joinVm: async () => stay('vm'), joinSession: async ({ version }) => stay(`docker ${version.version}`) }
}

test('companions join each vm and session in order and leave in the opposite one', async () => {
  const parts = new FakeParts()
  const lines: string[] = []
  parts.companions.push(diary('a', lines), diary('b', lines))
  await parts.life.start()
  expect(lines.splice(0)).toEqual(['a joins vm', 'b joins vm', 'a joins docker 28.5.2', 'b joins docker 28.5.2'])
  await parts.life.stop()
  expect(lines).toEqual(['b leaves docker 28.5.2', 'a leaves docker 28.5.2', 'b leaves vm', 'a leaves vm'])
})

test('a companion that cannot join fails the start, and nothing stays open', async () => {
  const parts = new FakeParts()
  const lines: string[] = []
  parts.companions.push(diary('a', lines), { name: 'b', joinSession: () => Promise.reject(new Error('no port')) })
  await expect(parts.life.start()).rejects.toThrow('no port')
  expect(lines.slice(2)).toEqual(['a leaves docker 28.5.2', 'a leaves vm'])
  expect(parts.machine.status).toMatchObject({ state: 'failed', reason: 'no port' })
  expectAllClosed(parts)
})

test('while the guest powers off, what speaks with Docker leaves when no container runs any more, what the guest needs after it', async () => {
  const parts = new FakeParts()
  const lines: string[] = []
  parts.companions.push(diary('a', lines))
  await parts.life.start()
  const { vm } = parts
  vm.stopGate = new Gate()
  const stopping = parts.life.stop()
  await vm.stopGate.reached
  expect(lines.splice(0)).toEqual(['a joins vm', 'a joins docker 28.5.2'])
  vm.tell('guest', { type: 'containers-ended' })
  vm.tell('guest', { type: 'containers-ended' })
  await vi.waitFor(() => expect(lines).toEqual(['a leaves docker 28.5.2']))
  vm.stopGate.open()
  await stopping
  expect(lines).toEqual(['a leaves docker 28.5.2', 'a leaves vm'])
  expectAllClosed(parts)
})

test('a guest that says so too early keeps nobody from joining, and from leaving at the end', async () => {
  const parts = new FakeParts()
  const lines: string[] = []
  const hasty: Companion = {
    name: 'hasty',
    joinSession: async ({ vm }) => {
      ;(vm as FakeVm).tell('guest', { type: 'containers-ended' })
      return { [Symbol.asyncDispose]: async () => void lines.push('hasty leaves') }
    },
  }
  parts.companions.push(diary('a', lines), hasty)
  await parts.life.start()
  expect(lines.splice(0)).toEqual(['a joins vm', 'a joins docker 28.5.2'])
  await parts.life.stop()
  expect(lines).toEqual(['hasty leaves', 'a leaves docker 28.5.2', 'a leaves vm'])
  expectAllClosed(parts)
})
