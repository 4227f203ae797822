import { describe, expect, it } from 'vitest'

import { fillSources, findMirrors } from '#scripts/guest/apt-sources.ts'

const deb822 = `Types: deb
# an older snapshot
URIs: http://mirror.example/debian/
Suites: bookworm
 bookworm-updates
Components: main

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
`

describe('the mirrors of this machine', () => {
  it('are found in deb822 files, comments and trailing slashes left out', () => {
    const mirrors = findMirrors([{ name: 'debian.sources', text: deb822 }])
    expect(mirrors).toEqual({ debian: 'http://mirror.example/debian', security: 'http://mirror.example/debian-security' })
  })

  it('are found in one-line files, options or not', () => {
    const text =
      '# deb http://off.example/debian x main\ndeb-src http://src.example/debian x main\ndeb [arch=amd64 trusted=yes] https://on.example/debian trixie main\n'
    expect(findMirrors([{ name: 'sources.list', text }])?.debian).toBe('https://on.example/debian')
  })

  it('leave out disabled stanzas and other vendors', () => {
    const off = deb822.replace('Types: deb\n#', 'Enabled: no\nTypes: deb\n#')
    expect(findMirrors([{ name: 'a.sources', text: off }])).toBeUndefined()
    expect(findMirrors([{ name: 'b.list', text: 'deb https://vendor.example/apt stable main' }])).toBeUndefined()
  })

  it('take the place of the names in the template', () => {
    const filled = fillSources('deb @DEBIAN@ trixie main\ndeb @SECURITY@ s main\n', { debian: 'http://a/debian', security: 'http://a/debian-security' })
    expect(filled).toBe('deb http://a/debian trixie main\ndeb http://a/debian-security s main\n')
  })
})
