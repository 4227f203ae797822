import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { knownCertificates } from '#base/known-certificates.ts'
import { checkout } from '#scripts/checkout.ts'
import { banner, plugins } from '#scripts/build/program.ts'

async function bundle(source: string): Promise<{ text: string; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: checkout },
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    metafile: true,
    logLevel: 'silent',
    banner,
    plugins: [...plugins],
  })
  return { text: outputFiles[0]?.text ?? '', inputs: Object.keys(metafile.inputs) }
}

test('ssh2 is bundled without its optional native parts', async () => {
  const { text, inputs } = await bundle("import { Client } from 'ssh2'; console.log(Client)")
  expect(text).toContain('left out of the bundle')
  expect(inputs.filter((file) => file.endsWith('.node'))).toEqual([])
})

/** Runs a bundle and gives what it prints. */
async function run(source: string): Promise<string> {
  const { text } = await bundle(source)
  return (await execa(process.execPath, ['--input-type=module'], { input: text, cwd: checkout })).stdout
}

test('built-ins are read by the names that are used: no other part of Node loads', async () => {
  const loaded = `const before = process.moduleLoadList; const has = (name) => before.includes('NativeModule ' + name)`
  const source = `import { createHash } from 'node:crypto'; import process, { pid } from 'node:process'; import * as path from 'node:path'
    ${loaded}; console.log(typeof createHash, pid === process.pid, path.join('a', 'b'), has('crypto'), has('internal/crypto/webcrypto'))`
  expect(await run(source)).toBe('function true a/b true false')
})

test("ssh2's client is bundled without its server, SFTP and web agents, and ws without TLS", async () => {
  const { inputs } = await bundle("import { Client } from 'ssh2'; import { WebSocketServer } from 'ws'; console.log(Client, WebSocketServer)")
  expect(inputs.filter((file) => /ssh2\/lib\/(server|keygen|http-agents)\.js/.test(file))).toEqual([])
  const source = "import { Client } from 'ssh2'; import { WebSocketServer } from 'ws'; console.log(typeof new Client().connect, typeof WebSocketServer, process.moduleLoadList.includes('NativeModule tls'))"
  expect(await run(source)).toBe('function function false')
})

test('the certificates that Node trusts are in the bundle', async () => {
  const source = "import { knownCertificates } from '#base/known-certificates.ts'; console.log(JSON.stringify([[...(await knownCertificates())].sort(), process.moduleLoadList.includes('NativeModule tls')]))"
  expect(JSON.parse(await run(source))).toEqual([[...(await knownCertificates())].toSorted(), false])
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
  for (const door of ['start', 'dev', 'test', 'bench', 'cove']) expect(scripts[door]).toBe(`node scripts/setup.mjs ${door}`)
})
