import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { download } from '#scripts/docker-cli/download.ts'
import { cutAfter, serve, whole } from './file-server.ts'

const content = randomBytes(300_000)
const sha256 = createHash('sha256').update(content).digest('hex')

function target(): string {
  return join(mkdtempSync(join(tmpdir(), 'cove-dl-')), 'tool')
}

describe('a download', () => {
  it('arrives whole and leaves nothing beside itself', async () => {
    await using server = await serve(whole(content))
    const to = target()
    await download({ url: server.url, sha256, to })
    expect(readFileSync(to).equals(content)).toBe(true)
    expect(existsSync(`${to}.part`)).toBe(false)
  })

  it('goes on where a broken connection left it', async () => {
    const to = target()
    await using server = await serve(cutAfter(content, 100_000, `${to}.part`), cutAfter(content, 50_000, `${to}.part`), whole(content))
    await download({ url: server.url, sha256, to })
    expect(readFileSync(to).equals(content)).toBe(true)
    expect(server.ranges).toEqual(['', 'bytes=100000-', 'bytes=150000-'])
  })

  it('goes on where a former run left it', async () => {
    await using server = await serve(whole(content))
    const to = target()
    writeFileSync(`${to}.part`, content.subarray(0, 1000))
    await download({ url: server.url, sha256, to })
    expect(readFileSync(to).equals(content)).toBe(true)
    expect(server.ranges).toEqual(['bytes=1000-'])
  })

  it.each([
    ['of another file', Buffer.alloc(1000, 'x')],
    ['longer than the file', Buffer.alloc(400_000, 'x')],
  ])('starts anew when what a former run left is %s', async (_, left) => {
    await using server = await serve(whole(content))
    const to = target()
    writeFileSync(`${to}.part`, left)
    await download({ url: server.url, sha256, to })
    expect(readFileSync(to).equals(content)).toBe(true)
  })

  it('starts anew from a server that knows no ranges', async () => {
    const to = target()
    await using server = await serve(cutAfter(content, 1000, `${to}.part`), (_, response) => response.end(content))
    await download({ url: server.url, sha256, to })
    expect(readFileSync(to).equals(content)).toBe(true)
  })

  it('that is not what is pinned replaces nothing, and says what was expected and found', async () => {
    const wrong = Buffer.from('tampered')
    await using server = await serve(whole(wrong))
    const to = target()
    writeFileSync(to, 'former')
    const found = createHash('sha256').update(wrong).digest('hex')
    await expect(download({ url: server.url, sha256, to })).rejects.toThrow(`${server.url} is not the file that is pinned: expected sha256 ${sha256}, found ${found}`)
    expect(readFileSync(to, 'utf8')).toBe('former')
    expect(existsSync(`${to}.part`)).toBe(false)
  })

  it('longer than allowed is refused, announced or not', async () => {
    await using server = await serve(whole(content), (_, response) => void response.write(content.subarray(0, 1), () => response.end(content)))
    const refused = expect.objectContaining({ message: expect.stringContaining('longer than the 1000 bytes allowed') as string }) as Error
    await expect(download({ url: server.url, sha256, to: target(), maxBytes: 1000 })).rejects.toEqual(refused)
    await expect(download({ url: server.url, sha256, to: target(), maxBytes: 1000 })).rejects.toEqual(refused)
  })

  it('from a silent server ends, and says so', async () => {
    await using server = await serve(() => undefined)
    await expect(download({ url: server.url, sha256, to: target(), stallMs: 100 })).rejects.toThrow(/sent nothing for 0.1 s/)
  })

  it('that the server refuses names address and answer', async () => {
    await using server = await serve((_, response) => void response.writeHead(404).end('no such file'))
    await expect(download({ url: server.url, sha256, to: target() })).rejects.toThrow(`downloading ${server.url} failed: the server answered 404 Not Found`)
  })

  it('from nobody says why', async () => {
    const { url } = await serve(whole(content)).then(async (server) => (await server[Symbol.asyncDispose](), server))
    await expect(download({ url, sha256, to: target() })).rejects.toThrow(/ECONNREFUSED/)
  })
})
