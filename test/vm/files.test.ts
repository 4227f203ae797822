import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, link, lstat, mkdir, mkdtemp, open, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { startContainer } from './fixtures/containers.ts'
import { dockerOk } from './fixtures/run.ts'

const mebibyte = 1024 * 1024

describe('files in and out of containers', () => {
  it.concurrent('C9 cp carries a 200 MB file there and back unchanged', async () => {
    await using dir = await temporaryFolder()
    await using container = await startContainer(['sleep', '900'])
    const source = join(dir.path, 'big')
    await writeRandom(source, 200)
    await dockerOk(['cp', source, `${container.name}:/tmp/big`])
    await dockerOk(['cp', `${container.name}:/tmp/big`, join(dir.path, 'back')])
    expect(await sha256(join(dir.path, 'back'))).toBe(await sha256(source))
  })

  it.concurrent('C9 cp carries a tree with links and modes there and back', async () => {
    await using dir = await temporaryFolder()
    await using container = await startContainer(['sleep', '600'])
    const tree = join(dir.path, 'tree')
    await mkdir(join(tree, 'a folder', 'sub'), { recursive: true })
    await writeFile(join(tree, 'a folder', 'naïve 파일.txt'), 'content')
    await chmod(join(tree, 'a folder', 'naïve 파일.txt'), 0o750)
    await symlink('a folder/naïve 파일.txt', join(tree, 'link'))
    await link(join(tree, 'a folder', 'naïve 파일.txt'), join(tree, 'a folder', 'sub', 'hard'))
    await dockerOk(['cp', tree, `${container.name}:/tmp/`])
    expect(await dockerOk(['exec', container.name, 'cat', '/tmp/tree/link'])).toBe('content')
    await dockerOk(['cp', `${container.name}:/tmp/tree`, join(dir.path, 'back')])
    const back = join(dir.path, 'back')
    expect(await readlink(join(back, 'link'))).toBe('a folder/naïve 파일.txt')
    expect(await readFile(join(back, 'a folder', 'sub', 'hard'), 'utf8')).toBe('content')
    expect((await stat(join(back, 'a folder', 'naïve 파일.txt'))).mode & 0o777).toBe(0o750)
    expect((await lstat(join(back, 'link'))).isSymbolicLink()).toBe(true)
  })
})

async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'cove-files-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

async function writeRandom(path: string, mebibytes: number): Promise<void> {
  await using file = await open(path, 'w')
  for (let i = 0; i < mebibytes; i++) await file.write(randomBytes(mebibyte))
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
