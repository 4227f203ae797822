import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { checkout } from '#scripts/checkout.ts'
import { leaveOut, nativeSqlite, zodInEnglish } from '#scripts/build/packages.ts'

async function bundle(source: string): Promise<{ text: string; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: checkout },
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    metafile: true,
    logLevel: 'silent',
    plugins: [leaveOut, nativeSqlite, zodInEnglish],
  })
  return { text: outputFiles[0]?.text ?? '', inputs: Object.keys(metafile.inputs) }
}

test('ssh2 is bundled without its optional native parts', async () => {
  const { text, inputs } = await bundle("import ssh2 from 'ssh2'; console.log(ssh2)")
  expect(text).toContain('left out of the bundle')
  expect(inputs.filter((file) => file.endsWith('.node'))).toEqual([])
})

test('zod is bundled with its English messages only', async () => {
  const { inputs } = await bundle("import { z } from 'zod'; console.log(z.string().parse(1))")
  expect(inputs.filter((file) => file.includes('/locales/')).map((file) => file.split('/').at(-1))).toEqual(expect.arrayContaining(['en.js']))
  expect(inputs.filter((file) => /locales\/(?!en\.js|index\.js)/.test(file))).toEqual([])
})

test('better-sqlite3 looks for its native part beside the bundle', async () => {
  const { text } = await bundle("import Database from 'better-sqlite3'; console.log(Database)")
  expect(text).toContain('./better_sqlite3.node')
})

test('every package.json script that is a door goes through set-up', () => {
  const { scripts } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
  for (const door of ['start', 'test', 'bench', 'cove']) expect(scripts[door]).toBe(`node scripts/setup.mjs ${door}`)
})
