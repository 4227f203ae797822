import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { FileWatch } from '#base/file-watch.ts'
import { tempDir, type TempDir } from './temp-dir.ts'

let dir: TempDir
let told: PromiseWithResolvers<void>
let watch: FileWatch
beforeEach(() => {
  dir = tempDir()
  told = Promise.withResolvers()
  watch = new FileWatch(() => told.resolve())
})
afterEach(async () => {
  watch[Symbol.dispose]()
  await dir[Symbol.asyncDispose]()
})

/** Resolves when the change is told; what was told before does not count. */
async function tells(change: () => void): Promise<void> {
  // What earlier changes still have to say.
  await new Promise((resolve) => setTimeout(resolve, 50))
  told = Promise.withResolvers()
  change()
  await told.promise
}

it('tells of a file that is made, rewritten, replaced and removed, time and again', async () => {
  const file = dir.at('bundle.pem')
  watch.set([file])
  await tells(() => writeFileSync(file, '1'))
  for (const turn of ['2', '3']) {
    await tells(() => writeFileSync(file, turn))
    writeFileSync(dir.at('new'), turn)
    await tells(() => renameSync(dir.at('new'), file))
  }
  await tells(() => rmSync(file))
  await tells(() => writeFileSync(file, 'again'))
})

it('follows a link, also where it is led elsewhere', async () => {
  for (const name of ['one', 'two']) {
    mkdirSync(dir.at(name))
    writeFileSync(dir.at(`${name}/file`), name)
  }
  symlinkSync('one/file', dir.at('link'))
  watch.set([dir.at('link')])
  await tells(() => writeFileSync(dir.at('one/file'), '1'))
  symlinkSync('two/file', dir.at('next'))
  await tells(() => renameSync(dir.at('next'), dir.at('link')))
  await tells(() => writeFileSync(dir.at('two/file'), '2'))
})

it('tells of a file whose folders are yet to be made', async () => {
  watch.set([dir.at('settings/app/file')])
  await tells(() => mkdirSync(dir.at('settings/app'), { recursive: true }))
  await tells(() => writeFileSync(dir.at('settings/app/file'), '1'))
})

it('says nothing of other files, of those it was told to leave, nor once it is closed', async () => {
  let times = 0
  using counting = new FileWatch(() => times++)
  counting.set([dir.at('old')])
  counting.set([dir.at('mine'), dir.at('not/there')])
  watch.set([dir.at('marker')])
  await tells(() => {
    writeFileSync(dir.at('old'), '')
    writeFileSync(dir.at('other'), '')
    writeFileSync(dir.at('marker'), '')
  })
  expect(times).toBe(0)
  await tells(() => {
    writeFileSync(dir.at('mine'), '')
    writeFileSync(dir.at('marker'), '1')
  })
  expect(times).toBeGreaterThan(0)
  counting[Symbol.dispose]()
  const before = times
  await tells(() => {
    writeFileSync(dir.at('mine'), 'x')
    writeFileSync(dir.at('marker'), '2')
  })
  expect(times).toBe(before)
})
