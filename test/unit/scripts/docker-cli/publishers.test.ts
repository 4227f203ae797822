import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { platforms } from '#scripts/docker-cli/folder.ts'
import { fetchFromPublishers, readReleases, type Release } from '#scripts/docker-cli/publishers.ts'
import { serve, whole, type FileServer } from './file-server.ts'

const program = Buffer.from('#!/bin/sh\necho tool\n'.repeat(500))

function folders(): { folder: string; cache: string } {
  const base = mkdtempSync(join(tmpdir(), 'cove-pub-'))
  return { folder: join(base, 'bin'), cache: join(base, 'cache') }
}

/** The program in an archive as publishers make them. */
function archive(kind: 'tgz' | 'zip'): Buffer {
  const base = mkdtempSync(join(tmpdir(), 'cove-arc-'))
  mkdirSync(join(base, 'docker'))
  writeFileSync(join(base, 'docker', 'docker'), program)
  writeFileSync(join(base, 'docker', 'other'), 'x')
  const file = join(base, `a.${kind}`)
  if (kind === 'tgz') execFileSync('tar', ['-czf', file, '-C', base, 'docker'])
  else execFileSync('python3', ['-m', 'zipfile', '-c', file, join(base, 'docker')])
  return readFileSync(file)
}

function releaseOf(server: FileServer, content: Buffer, change: Partial<Release> = {}): Release {
  return { to: 'docker', version: '1', url: server.url, sha256: createHash('sha256').update(content).digest('hex'), ...change }
}

describe('programs from their publishers', () => {
  it.each(['tgz', 'zip'] as const)('come out of a .%s archive, ready to run', async (kind) => {
    const content = archive(kind)
    await using server = await serve(whole(content))
    const { folder, cache } = folders()
    const release = releaseOf(server, content, { url: `${server.url}.${kind}`, member: 'docker/docker' })
    await fetchFromPublishers({ releases: [release], folder, cache, force: false })
    expect(readFileSync(join(folder, 'docker')).equals(program)).toBe(true)
    expect(statSync(join(folder, 'docker')).mode & 0o777).toBe(0o755)
  })

  it('are fetched once, and again when another version is pinned', async () => {
    const [first, second] = [Buffer.from('one'), Buffer.from('two')]
    await using server = await serve(whole(first), whole(second))
    const job = { ...folders(), force: false }
    await fetchFromPublishers({ ...job, releases: [releaseOf(server, first)] })
    await fetchFromPublishers({ ...job, releases: [releaseOf(server, first)] })
    expect(server.ranges).toHaveLength(1)
    await fetchFromPublishers({ ...job, releases: [releaseOf(server, second, { version: '2' })] })
    expect(readFileSync(join(job.folder, 'docker'), 'utf8')).toBe('two')
  })

  it('stay as they are when one of the new ones is not what is pinned', async () => {
    const [good, bad] = [Buffer.from('good'), Buffer.from('bad')]
    await using server = await serve(whole(good), whole(bad))
    const job = { ...folders(), force: false }
    const plugin = releaseOf(server, good, { to: 'cli-plugins/docker-buildx', url: `${server.url}-2` })
    await expect(fetchFromPublishers({ ...job, releases: [releaseOf(server, good), plugin] })).rejects.toThrow(/is not the file that is pinned/)
    expect(existsSync(job.folder)).toBe(false)
  })

  it('without a pinned checksum are refused before anything is asked for', async () => {
    await using server = await serve(whole(program))
    const { sha256: _, ...unpinned } = releaseOf(server, program)
    await expect(fetchFromPublishers({ releases: [unpinned], ...folders(), force: false })).rejects.toThrow(`no checksum pinned for docker (${server.url})`)
    expect(server.ranges).toEqual([])
  })

  it('whose archive lacks the program say so', async () => {
    const content = archive('zip')
    await using server = await serve(whole(content))
    const release = releaseOf(server, content, { url: `${server.url}.zip`, member: 'docker/gone.exe' })
    await expect(fetchFromPublishers({ releases: [release], ...folders(), force: false })).rejects.toThrow(/holds no "docker\/gone.exe"/)
  })
})

describe('the table of releases', () => {
  it('names docker, buildx, compose and the helper of the keychain with a checksum for every system without Debian packages', async () => {
    const releases = await readReleases()
    for (const platform of platforms.filter((name) => !name.startsWith('linux-'))) {
      const exe = platform.startsWith('win32') ? '.exe' : ''
      expect(releases[platform]?.map(({ to }) => to)).toEqual([`docker${exe}`, `cli-plugins/docker-buildx${exe}`, `cli-plugins/docker-compose${exe}`, exe === '' ? 'docker-credential-osxkeychain' : 'docker-credential-wincred.exe'])
      for (const { url, sha256, checksumFrom } of releases[platform] ?? []) {
        expect(url).toMatch(/^https:\/\//)
        expect(sha256).toMatch(/^[0-9a-f]{64}$/)
        expect(checksumFrom).toBeTruthy()
      }
    }
  })
})
