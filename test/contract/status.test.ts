import { expect, test, vi } from 'vitest'
import { Status, type EngineState } from '#contract/state.ts'
import { FakeParts } from '../unit/engine/life/fake-parts.ts'
import { Gate } from '../unit/engine/life/fake-vm.ts'

test('every status of a whole life, failures included, is one the contract allows', async () => {
  const parts = new FakeParts()
  const seen = new Set<EngineState>()
  const check = (status: Status): void => {
    seen.add(status.state)
    // Strict: nothing may be sent that the schema would drop.
    expect(Status.strict().parse(structuredClone(status))).toEqual(status)
    expect(status.step === null || ['starting', 'waking', 'stopping'].includes(status.state)).toBe(true)
    expect(status.reason === null || status.state === 'failed').toBe(true)
    if (status.state === 'off' || status.state === 'failed') expect(status).toMatchObject({ docker: null })
  }
  check(parts.machine.status)
  parts.machine.onChange(check)
  await parts.life.start()
  parts.vm.tell('paused', { cause: 'no-space' })
  parts.vm.tell('resumed')
  await parts.life.stop()
  await parts.life.start()
  parts.vm.exit(false, 'killed')
  await vi.waitFor(() => expect(parts.machine.state).toBe('failed'))
  const gate = (parts.gates.image = new Gate())
  const start = parts.life.start()
  start.catch(() => undefined)
  await gate.reached
  await parts.life.stop()
  expect([...seen].toSorted()).toEqual(['failed', 'off', 'running', 'starting', 'stopping'])
})

test('states that nothing reaches yet are allowed too', () => {
  const { machine } = new FakeParts()
  machine.go('starting')
  machine.go('running')
  machine.go('sleeping')
  expect(Status.parse(machine.status)).toEqual(machine.status)
  machine.go('waking', { step: 'restore' })
  expect(Status.parse(machine.status)).toEqual(machine.status)
})
