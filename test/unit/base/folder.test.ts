import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeFolder } from '#base/folder.ts'

describe('makeFolder', () => {
  let root = ''
  beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'cove-folder-'))))
  afterEach(() => rmSync(root, { recursive: true }))

  it('makes the folder and those above it, all private', () => {
    makeFolder(join(root, 'a', 'b'))
    expect(statSync(join(root, 'a')).mode & 0o777).toBe(0o700)
    expect(statSync(join(root, 'a', 'b')).mode & 0o777).toBe(0o700)
  })

  it('leaves one that is there as it is', () => {
    makeFolder(join(root, 'a'), 0o750)
    makeFolder(join(root, 'a'))
    expect(statSync(join(root, 'a')).mode & 0o777).toBe(0o750)
  })

  it('fails where a file stands in the way', () => {
    writeFileSync(join(root, 'file'), '')
    expect(() => makeFolder(join(root, 'file'))).toThrow(/EEXIST/)
    expect(() => makeFolder(join(root, 'file', 'below'))).toThrow(/ENOTDIR/)
  })

  it.runIf(process.platform === 'linux')('fails at once where no folder can ever be made', () => {
    expect(() => makeFolder('/proc/cove/below')).toThrow(/ENOENT/)
  })
})
