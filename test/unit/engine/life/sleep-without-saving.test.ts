import { describe, expect, test, vi } from 'vitest'
import { FakeParts } from './fake-parts.ts'

const signal = AbortSignal.timeout(10_000)

async function running(): Promise<FakeParts> {
  const parts = new FakeParts()
  await parts.life.start()
  return parts
}

describe('where memory cannot be saved', () => {
  test('sleeping is a clean stop and waking a boot', async () => {
    const parts = await running()
    parts.features.canSave = false
    expect((await parts.life.sleep()).state).toBe('sleeping')
    expect(parts.vm).toMatchObject({ saves: 0, stops: 1 })
    const { bootSteps } = await parts.life.start()
    expect(bootSteps.map(({ name }) => name)).toContain('dockerd')
  })

  test('a vm that cannot be saved is stopped as well, and the state says why', async () => {
    const parts = await running()
    parts.vm.unsavable = 'it is of glass'
    const { state, warnings } = await parts.life.sleep()
    expect(state).toBe('sleeping')
    expect(warnings.join()).toMatch(/stopped and boots .*cannot be saved: it is of glass/)
    expect(parts.vm).toMatchObject({ saves: 0, stops: 1 })
    expect((await parts.life.start()).warnings.join()).not.toContain('glass')
  })

  test('a vm that cannot be saved runs on undisturbed while containers do', async () => {
    const parts = await running()
    parts.vm.unsavable = 'it is of glass'
    parts.containers.set('a', 'running')
    await vi.waitFor(() => expect(parts.life.session.docker.live.alive).toBe(1))
    await expect(parts.life.sleep()).rejects.toMatchObject({ code: 'vm.save-unsupported', message: expect.stringContaining('it is of glass') })
    expect(parts.states).toEqual(['starting', 'running'])
    expect(parts.vm).toMatchObject({ stops: 0, isRunning: true })
  })

  test('a vm with containers stays awake', async () => {
    const parts = await running()
    parts.features.canSave = false
    parts.containers.set('a', 'running')
    await vi.waitFor(() => expect(parts.life.session.docker.live.alive).toBe(1))
    await expect(parts.life.sleep()).rejects.toMatchObject({ code: 'vm.save-unsupported' })
    await parts.life.awake(signal)
    expect(parts.vm).toMatchObject({ stops: 0, isRunning: true })
  })
})
