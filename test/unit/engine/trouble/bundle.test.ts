import { createReadStream, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { expect, test } from 'vitest'
import { BundleEntry, Finding } from '#contract/doctor.ts'
import { writeBundle } from '#engine/trouble/bundle.ts'
import { tempHome } from '../../base/temp-dir.ts'
import { testParts } from '../test-engine.ts'

/** The files in a bundle. */
async function unpack(path: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  const tar = extract()
  tar.on('entry', (header, stream, next) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk) => chunks.push(chunk as Buffer)).on('end', () => {
      files[header.name] = Buffer.concat(chunks).toString()
      next()
    })
  })
  await pipeline(createReadStream(path), createGunzip(), tar)
  return files
}

async function parts() {
  const home = tempHome()
  const { parts: engineParts, close } = await testParts(home.paths)
  return {
    ...home,
    parts: engineParts,
    [Symbol.asyncDispose]: async () => {
      await close()
      await home[Symbol.asyncDispose]()
    },
  }
}

test('a bundle holds logs, settings, status, findings and history, and tells what is in it', async () => {
  await using home = await parts()
  writeFileSync(home.paths.logs.engine, 'one line\n')
  const entries = await writeBundle(home.parts, home.at('b.tar.gz'))
  const files = await unpack(home.at('b.tar.gz'))
  expect(Object.keys(files).toSorted()).toEqual(['about.json', 'events.json', 'findings.json', 'logs/engine.log', 'logs/guest.log', 'logs/qemu.log', 'settings.json', 'status.json', 'tasks.json'])
  expect(entries).toEqual(Object.entries(files).map(([name, text]) => ({ name, bytes: Buffer.byteLength(text) })))
  for (const entry of entries) expect(BundleEntry.parse(entry)).toEqual(entry)
  expect(files['logs/engine.log']).toBe('one line\n')
  for (const finding of JSON.parse(files['findings.json'] ?? '') as unknown[]) expect(Finding.parse(finding)).toEqual(finding)
  expect(JSON.parse(files['status.json'] ?? '')).toMatchObject({ state: 'off' })
  expect(statSync(home.at('b.tar.gz')).mode & 0o777).toBe(0o600)
})

test('no secret is in it, wherever it came from, and its JSON stays JSON', async () => {
  await using home = await parts()
  for (const path of Object.values(home.paths.logs)) writeFileSync(path, 'GET http://u:c4nary@proxy\nAuthorization: Basic c4nary\n{"token":"c4nary"}\n')
  await home.parts.settings.set('vm.qemu', '/opt/qemu?password=c4nary')
  home.parts.store.addEvent('x', { token: 'c4nary', note: 'password: c4nary' })
  home.parts.store.startTask('y').end('failed', 'http://u:c4nary@h')
  await writeBundle(home.parts, home.at('b.tar.gz'))
  const files = await unpack(home.at('b.tar.gz'))
  for (const [name, text] of Object.entries(files)) {
    expect(text, name).not.toContain('c4nary')
    if (name.endsWith('.json')) expect(() => JSON.parse(text) as unknown, name).not.toThrow()
  }
})

test('an existing file is never overwritten', async () => {
  await using home = await parts()
  writeFileSync(home.at('b.tar.gz'), 'precious')
  await expect(writeBundle(home.parts, home.at('b.tar.gz'))).rejects.toMatchObject({ code: 'file.unwritable', message: expect.stringContaining('exists already'), hint: expect.stringContaining('--output') })
  expect(readFileSync(home.at('b.tar.gz'), 'utf8')).toBe('precious')
})

test.each(['b.tar.gz', './b.tar.gz', ''])('a path that is not absolute is refused: %j', async (path) => {
  await using home = await parts()
  await expect(writeBundle(home.parts, path)).rejects.toMatchObject({ code: 'usage.invalid' })
})

test('a folder that is not there is said so, and nothing is left', async () => {
  await using home = await parts()
  await expect(writeBundle(home.parts, home.at('none', 'b.tar.gz'))).rejects.toMatchObject({ code: 'file.unwritable', message: expect.stringContaining(home.at('none', 'b.tar.gz')) })
  mkdirSync(home.at('none'))
  expect(existsSync(home.at('none', 'b.tar.gz'))).toBe(false)
})
