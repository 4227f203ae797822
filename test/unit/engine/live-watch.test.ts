import { expect, test, vi } from 'vitest'
import type { Container } from '#contract/container.ts'
import type { LiveChange } from '#contract/live.ts'
import { startTestEngine } from './test-engine.ts'

test('a watch of containers outlives the vm: away when it stops, everything anew when it is back', async () => {
  await using engine = await startTestEngine()
  await using client = await engine.connect()
  engine.fake.containers.set('a', 'running')
  const seen: string[] = []
  const abort = new AbortController()
  const watching = (async () => {
    for await (const change of await client.api.container.watch(undefined, { signal: abort.signal })) seen.push(told(change))
  })()
  watching.catch(() => undefined)
  const sees = async (...lines: string[]): Promise<void> => {
    await vi.waitFor(() => expect(seen).toEqual(lines))
    seen.length = 0
  }
  await sees('away')
  await client.api.engine.start()
  await sees('all a:running')
  engine.fake.containers.set('b', 'running', 'start')
  await sees('changed b:running, gone ')
  engine.fake.containers.remove('a')
  await sees('changed , gone a')
  await client.api.engine.restart()
  await sees('away', 'all b:running')
  abort.abort()
  await expect(watching).rejects.toMatchObject({ name: expect.stringContaining('Error') })
})

function told(change: LiveChange<Container>): string {
  if (change.kind === 'away') return 'away'
  const objects = change.objects.map(({ id, state }) => `${id}:${state}`).join(' ')
  return change.kind === 'all' ? `all ${objects}` : `changed ${objects}, gone ${change.removed.join(' ')}`
}
