import { describe, expect, it } from 'vitest'
import { foldersToMount, guestPath, type HostPlaces, problemOf } from '#engine/shares/folder-rules.ts'
import { guestName, hostName } from '#engine/shares/host/names.ts'
import { FuseError } from '#engine/shares/fuse/protocol.ts'

const places: HostPlaces = { home: '/home/jo', temp: '/tmp', coveHome: '/home/jo/.cove', platform: 'linux' }

describe('folders to share', () => {
  it('are the home and temp folder by their words, each once and none inside another', () => {
    expect(foldersToMount(['home', 'temp', '/home/jo/', '/home/jo/work', '/data/'], places)).toEqual(['/home/jo', '/tmp', '/data'])
    expect(foldersToMount(['home', 'temp'], { ...places, temp: '/home/jo/tmp' })).toEqual(['/home/jo'])
  })

  it('never hide the guest’s own system nor show Cove’s', () => {
    for (const path of ['/', '/usr', '/usr/local/src', '/etc', '/var', '/var/lib/docker', '/proc', '/run', '/dev/shm']) expect(problemOf(path, places), path).toMatchObject({ code: 'folder.hides-guest', message: expect.stringContaining('would hide') })
    expect(problemOf('/home/jo/.cove/disk', places)?.message).toContain('belongs to Cove')
    expect(problemOf('data', places)?.message).toContain('absolute')
    for (const path of ['/home', '/data', '/var/tmp', '/var/folders/ab', '/Users/jo', '/Volumes/x', '/usrlocal']) expect(problemOf(path, places), path).toBeUndefined()
  })

  it('have the same path in the guest, drives of Windows that of their letter', () => {
    expect(guestPath('/Users/jo', 'darwin')).toBe('/Users/jo')
    expect(guestPath('C:\\Users\\jo', 'win32')).toBe('/c/Users/jo')
    expect(guestPath('D:\\', 'win32')).toBe('/d')
  })
})

describe('names', () => {
  it('that the host cannot have are refused with their own error', () => {
    const refused = (name: string, platform: NodeJS.Platform): number => {
      try {
        hostName(name, platform)
        return 0
      } catch (error) {
        return error instanceof FuseError ? error.errno : -1
      }
    }
    expect(refused('\xff\xfe', 'darwin')).toBe(84)
    expect(['a:b', 'con', 'NUL.txt', 'dot.', 'space ', 'a\\b', 'what?'].map((name) => refused(name, 'win32'))).toEqual(Array.from({ length: 7 }, () => 22))
    expect(refused('ordinary.txt', 'win32')).toBe(0)
  })

  it('are bytes in the guest and text on the host', () => {
    const bytes = Buffer.from('naïve 파일').toString('latin1')
    expect(hostName(bytes, 'darwin')).toBe('naïve 파일')
    expect(guestName('naïve 파일')).toBe(bytes)
  })
})
