import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { setDockerProxies } from '#engine/context/docker-proxies.ts'

const host = 'unix:///h/docker.sock'
const proxies = { httpsProxy: 'http://p:1', noProxy: 'localhost' }

/** What config.json holds after each change. */
async function edited(text: string, changes: readonly (typeof proxies | undefined)[]): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'cove-proxies-'))
  const path = join(dir, 'config.json')
  try {
    writeFileSync(path, text)
    const found: string[] = []
    for (const change of changes) {
      await setDockerProxies(dir, host, change)
      found.push(readFileSync(path, 'utf8'))
    }
    return found
  } finally {
    rmSync(dir, { recursive: true })
  }
}

test.each([
  '{}',
  '{"auths":{"r.io":{}}}',
  '{\n\t"auths": {\n\t\t"r.io": {}\n\t},\n\t"currentContext": "cove"\n}\n',
  '{ "proxies" : { "default" : {"httpProxy":"http://other:1"} } , "x":1 }',
])('%j gets the proxies of one host and is byte for byte the same without them', async (text) => {
  const [withProxies = '', without = ''] = await edited(text, [proxies, undefined])
  expect(without).toBe(text)
  const { proxies: all, ...others } = JSON.parse(withProxies) as { proxies: Record<string, unknown> }
  expect(all[host]).toEqual(proxies)
  const { proxies: before = {}, ...othersBefore } = JSON.parse(text) as { proxies?: Record<string, unknown> }
  expect(others).toEqual(othersBefore)
  expect(all).toMatchObject(before)
})

test('other proxies take the place of the former ones; removing what is not there changes nothing', async () => {
  const [first, second, third] = await edited('{"proxies":{"default":{"httpProxy":"d"}}}', [undefined, proxies, { ...proxies, noProxy: 'other' }])
  expect(first).toBe('{"proxies":{"default":{"httpProxy":"d"}}}')
  expect(third).toBe(second?.replace('localhost', 'other'))
})

test('a configuration that is no JSON, or whose proxies are no object, is left alone', async () => {
  await expect(edited('{"proxies"', [proxies])).rejects.toMatchObject({ code: 'context.file-broken' })
  expect(await edited('{"proxies":[]}', [proxies])).toEqual(['{"proxies":[]}'])
})
