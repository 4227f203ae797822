import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { neededOrder, readBuilt, type Built } from '#scripts/dev/built.ts'
import { tempDir } from '../../base/temp-dir.ts'

test('the app is brought up to date by the least that does it', async () => {
  await using dist = tempDir()
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(dist.at(name)), { recursive: true })
    writeFileSync(dist.at(name), text)
  }
  /** A page whose files have names of their own, as each build gives them. */
  const page = (script: string, styles: string, code: string): void => {
    write(`renderer/assets/${script}`, code)
    write('renderer/index.html', `<script type="module" src="/assets/${script}"></script><link rel="stylesheet" href="/assets/${styles}">`)
  }
  let loaded: Built = readBuilt(dist.path)
  const order = (): unknown => {
    const former = loaded
    loaded = readBuilt(dist.path)
    return neededOrder(former, loaded)
  }
  expect(order()).toBeUndefined()
  write('desktop/main.mjs', 'main')
  write('desktop/preload.cjs', 'preload')
  page('index-1.js', 'index-1.css', 'code')
  expect(order()).toEqual({ type: 'restart' })
  // The script's name follows the styles', its content does not.
  page('index-2.js', 'index-2.css', 'code')
  expect(order()).toEqual({ type: 'styles', hrefs: ['/assets/index-2.css'] })
  page('index-3.js', 'index-2.css', 'other code')
  expect(order()).toEqual({ type: 'reload' })
  write('desktop/preload.cjs', 'other preload')
  page('index-4.js', 'index-4.css', 'yet other code')
  expect(order()).toEqual({ type: 'restart' })
  // Built anew with the same content.
  write('desktop/main.mjs', 'main')
  expect(order()).toBeUndefined()
  rmSync(dist.at('desktop/main.mjs'))
  expect(order()).toEqual({ type: 'restart' })
})
