import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ConflictPolicy } from '#contract/transfer.ts'
import { OptionsFile } from '#engine/registries/options-file.ts'
import { startTestEngine, type TestEngine } from '../test-engine.ts'

const selection = { networks: [], volumes: [], images: [], projects: [], settings: true }
const image = 'image'

/** Transfers of an engine whose user has these options of Docker. */
async function withOptions(engine: TestEngine, text: string) {
  const file = new OptionsFile(engine.paths.dockerOptionsDir)
  await file.put({ text, former: null, image })
  const transfers = await engine.parts.transfers.load()
  const path = join(engine.paths.home, 'x.cove')
  const source = { type: 'archive', path } as const
  return {
    file,
    plan: () => transfers.planExport({ selection, withEnv: false }, AbortSignal.timeout(10_000)),
    export: () => Array.fromAsync(transfers.export({ selection, withEnv: false, path, overwrite: false })),
    planImport: async (onConflict: ConflictPolicy) => (await transfers.planImport({ source, selection, onConflict }, AbortSignal.timeout(10_000))).items,
    import: (onConflict: ConflictPolicy) => Array.fromAsync(transfers.import({ source, selection, onConflict, projectsDir: engine.paths.home })),
  }
}

test("Docker's options come with the settings, in the place of others when that is asked for, for Docker to be asked about and to be undone", async () => {
  await using engine = await startTestEngine()
  const { file, ...transfers } = await withOptions(engine, '{"labels": ["a=b"]}')
  await transfers.export()
  await file.put({ text: '{"debug": true}', former: null, image })
  expect(await transfers.planImport('fail')).toMatchObject([{ kind: 'setting', name: 'daemon.json', action: 'conflict' }])
  await expect(transfers.import('fail')).rejects.toMatchObject({ code: 'transfer.conflict' })
  expect(await file.text()).toBe('{"debug": true}')
  await transfers.import('replace')
  expect([await file.text(), await file.former()]).toEqual(['{"labels": ["a=b"]}', '{"debug": true}'])
  expect(await file.isAccepted(image)).toBe(false)
  expect(await transfers.planImport('fail')).toMatchObject([{ name: 'daemon.json', action: 'present' }])
})

test("Docker's options that hold a secret stay behind, by name", async () => {
  await using engine = await startTestEngine()
  const { plan } = await withOptions(engine, '{"registry-mirrors": ["https://user:canary-4711@mirror.test"]}')
  expect(await plan()).toEqual({ items: [], leftOut: [{ what: 'setting daemon.json', why: 'it holds a secret' }] })
})

test('without options of the user there is nothing to take along', async () => {
  await using engine = await startTestEngine()
  expect(await (await withOptions(engine, ' \n')).plan()).toEqual({ items: [], leftOut: [] })
})
