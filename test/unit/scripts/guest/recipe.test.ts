import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { neededLibraries } from '#scripts/guest/elf.ts'
import { findPayload } from '#scripts/guest/kernel-image.ts'
import { findDockerVersion, parsePackages } from '#scripts/guest/manifest.ts'
import { architectures, hashFiles, hashPackages, readRecipe } from '#scripts/guest/recipe.ts'
import { busyboxApplets, resolveInside } from '#scripts/guest/root-tree.ts'

function tree(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'cove-recipe-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

async function hashOf(files: Record<string, string>): Promise<string> {
  const folder = tree(files)
  const paths = Object.keys(files).map((path) => join(folder, path))
  return hashFiles(folder, paths)
}

describe('the hash of the recipe', () => {
  it('does not depend on where the checkout lies or how files are listed', async () => {
    expect(await hashOf({ a: '1', 'b/c': '2' })).toBe(await hashOf({ 'b/c': '2', a: '1' }))
  })

  it('changes with a name, a content or a border between two files', async () => {
    const hashes = await Promise.all([hashOf({ a: '1' }), hashOf({ b: '1' }), hashOf({ a: '2' }), hashOf({ a: '1', b: '' })])
    expect(new Set(hashes).size).toBe(4)
  })

  it('of the packages stays when only links or modules change', async () => {
    const recipe = await readRecipe()
    const hash = hashPackages(recipe, 'amd64', [])
    expect(hashPackages({ ...recipe, links: {}, binaries: [] }, 'amd64', [])).toBe(hash)
    expect(hashPackages({ ...recipe, packages: [...recipe.packages, 'more'] }, 'amd64', [])).not.toBe(hash)
    expect(hashPackages(recipe, 'arm64', [])).not.toBe(hash)
  })
})

describe('the recipe', () => {
  it('names a kernel, a loader, a compiler and an emulator of the other for every architecture', async () => {
    const recipe = await readRecipe()
    for (const name of architectures) {
      expect(recipe.architectures[name].emulator).toBe(name === 'amd64' ? '/usr/bin/qemu-aarch64' : '/usr/bin/qemu-x86_64')
      expect(recipe.architectures[name]).toMatchObject({ kernelPackage: `linux-image-cloud-${name}`, loader: expect.stringMatching(/^\/usr\/lib/) as string })
    }
  })

  it('lists nothing twice', async () => {
    const { binaries, packages, modules } = await readRecipe()
    const applets = await busyboxApplets()
    for (const names of [binaries, packages, Object.values(modules).flat(), applets]) expect(new Set(names).size).toBe(names.length)
  })
})

describe('the list of materials', () => {
  const checksum = 'a'.repeat(64)
  const packages = parsePackages(`${checksum}  openssh-server_1%3a10.0p1-7_amd64.deb\n${checksum} *docker.io_28.5.2+dfsg4-2_amd64.deb\nnoise\n`)

  it('is read from what apt downloaded, epochs decoded', () => {
    expect(packages).toEqual([
      { name: 'docker.io', version: '28.5.2+dfsg4-2', architecture: 'amd64', sha256: checksum },
      { name: 'openssh-server', version: '1:10.0p1-7', architecture: 'amd64', sha256: checksum },
    ])
  })

  it("gives Docker's own version", () => {
    expect(findDockerVersion(packages)).toBe('28.5.2')
    expect(() => findDockerVersion([])).toThrow('no docker.io')
  })
})

describe('links inside an unpacked tree', () => {
  it('are followed as if the tree were the root', () => {
    const folder = tree({ 'usr/lib/real.so.1': 'x' })
    symlinkSync('usr/lib', join(folder, 'lib'))
    symlinkSync('/lib/real.so.1', join(folder, 'usr/lib/link.so'))
    expect(resolveInside(folder, '/lib/link.so')).toBe(join(folder, 'usr/lib/real.so.1'))
  })

  it('that go round in circles are an error', () => {
    const folder = tree({})
    symlinkSync('b', join(folder, 'a'))
    symlinkSync('a', join(folder, 'b'))
    expect(() => resolveInside(folder, '/a')).toThrow('Too many symbolic links')
  })
})

describe('a program', () => {
  it('names its libraries, a script has none', async () => {
    const { readFile } = await import('node:fs/promises')
    expect(neededLibraries(await readFile('/bin/ls'))).toContain('libc.so.6')
    expect(neededLibraries(Buffer.from('#!/bin/sh\n'))).toEqual([])
  })
})

describe('a kernel', () => {
  it('that is no bzImage is refused', () => {
    expect(() => findPayload(Buffer.alloc(4096))).toThrow('not a bzImage')
  })

  it('gives its compressed payload without the size that follows it', () => {
    const image = Buffer.alloc(4096)
    image[0x1f1] = 3
    image.write('HdrS', 0x202, 'latin1')
    image.writeUInt32LE(16, 0x248)
    image.writeUInt32LE(12, 0x24c)
    image.write('payload!SIZE', 4 * 512 + 16, 'latin1')
    expect(findPayload(image).toString()).toBe('payload!')
  })
})
