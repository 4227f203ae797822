import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { writeCpio } from '#scripts/guest/cpio.ts'
import { writeTar } from '#scripts/guest/tar.ts'
import { writeWelcomeImage } from '#scripts/guest/welcome-image.ts'

function list(archive: Buffer): string[] {
  return spawnSync('tar', ['-t'], { input: archive }).stdout.toString().trim().split('\n')
}

function extract(archive: Buffer, name: string): Buffer {
  return spawnSync('tar', ['-xO', name], { input: archive, maxBuffer: 1e8 }).stdout
}

describe('an initramfs archive', () => {
  const hasCpio = spawnSync('cpio', ['--version']).status === 0

  it.skipIf(!hasCpio)('is read by cpio with the same names, modes and contents', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cove-cpio-'))
    const archive = writeCpio([
      { path: 'modules', mode: 0o040755 },
      { path: 'modules/list', mode: 0o100644, data: Buffer.from('odd') },
      { path: 'init', mode: 0o100755, data: Buffer.from('#!/bin/sh\n') },
    ])
    writeFileSync(join(folder, 'initrd'), archive)
    const done = spawnSync('sh', ['-c', 'cpio -idmu --quiet < initrd && stat -c %a init'], { cwd: folder, encoding: 'utf8' })
    expect(done.stdout.trim()).toBe('755')
    expect(readFileSync(join(folder, 'modules', 'list'), 'utf8')).toBe('odd')
  })
})

describe('a tar archive', () => {
  it('is read by tar, links and folders included', () => {
    const archive = writeTar([
      { path: 'bin/', mode: 0o755 },
      { path: 'bin/sh', mode: 0o777, linkTo: 'busybox' },
      { path: 'bin/busybox', mode: 0o755, data: Buffer.from('program') },
    ])
    expect(list(archive)).toEqual(['bin/', 'bin/sh', 'bin/busybox'])
    expect(extract(archive, 'bin/busybox').toString()).toBe('program')
  })
})

describe('the welcome image', () => {
  const parts = {
    architecture: 'arm64',
    busybox: Buffer.from('busybox'),
    applets: ['busybox', 'sh', 'httpd'],
    greeting: Buffer.from('#!/bin/sh\n'),
    page: Buffer.from('<p>'),
  } as const
  const image = writeWelcomeImage(parts)

  it('names its layer by checksum and runs the greeting', () => {
    const [manifest] = JSON.parse(extract(image, 'manifest.json').toString()) as { Config: string; Layers: string[]; RepoTags: string[] }[]
    const config = JSON.parse(extract(image, manifest?.Config ?? '').toString()) as {
      architecture: string
      config: { Cmd: string[] }
      rootfs: { diff_ids: string[] }
    }
    const layer = extract(image, manifest?.Layers[0] ?? '')
    expect(manifest?.RepoTags).toEqual(['cove/welcome:latest'])
    expect(config.architecture).toBe('arm64')
    expect(config.config.Cmd).toEqual(['welcome'])
    expect(config.rootfs.diff_ids).toEqual([`sha256:${createHash('sha256').update(layer).digest('hex')}`])
  })

  it('holds every file once, because Docker refuses doubles', () => {
    const names = list(extract(image, 'layer.tar'))
    expect(names).toContain('bin/httpd')
    expect(new Set(names).size).toBe(names.length)
  })

  it('is the same bytes each time', () => {
    expect(writeWelcomeImage(parts)).toEqual(image)
  })
})
