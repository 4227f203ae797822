import { describe, expect, test } from 'vitest'
import { checkStructure } from '#scripts/lint/structure-rules.ts'

const facts = { registryHosts: ['packages.example.test'] }

function problemsOf(path: string, text = ''): string[] {
  return checkStructure([{ path, text }], facts).map(({ problem }) => problem)
}

function lockOf(packages: Record<string, object>): string {
  return JSON.stringify({ packages })
}

describe('structure rules', () => {
  test('accept an ordinary source file', () => {
    expect(problemsOf('electron/base/limit.ts', 'export const a = 1\n')).toEqual([])
  })

  test('refuse a top-level entry that the design does not name', () => {
    expect(problemsOf('src/index.ts')).toEqual([expect.stringContaining('is no top-level entry')])
  })

  test.each(['electron/base/utils.ts', 'electron/helpers/a.ts', 'scripts/string-utils.ts', 'electron/engine/vm-manager.ts'])('refuse the empty name %s', (path) => {
    expect(problemsOf(path)).toEqual([expect.stringContaining('says nothing')])
  })

  test('refuse a file over 400 lines and accept one of 400', () => {
    expect(problemsOf('electron/base/long.ts', 'x\n'.repeat(401))).toEqual(['has 401 lines, the hard limit is 400'])
    expect(problemsOf('electron/base/long.ts', 'x\n'.repeat(400))).toEqual([])
  })

  test('refuse the name of a registry this machine uses, wherever it stands', () => {
    const findings = checkStructure([{ path: 'README.md', text: 'one\nfrom https://packages.example.test/x\n' }], facts)
    expect(findings).toEqual([{ path: 'README.md', line: 2, problem: expect.stringContaining('registry or mirror') as string }])
  })

  test('refuse a lock file that says where packages came from', () => {
    expect(problemsOf('package-lock.json', lockOf({ 'node_modules/a': { resolved: 'https://elsewhere.test/a.tgz' } }))).toEqual([expect.stringContaining('came from')])
  })

  test('refuse a lock file that leaves out what another system needs', () => {
    const a = { optionalDependencies: { 'a-linux': '1', 'a-darwin': '1' } }
    expect(problemsOf('package-lock.json', lockOf({ 'node_modules/a': a, 'node_modules/a-linux': {} }))).toEqual(['lacks the optional package a-darwin'])
  })

  test('refuse a sleeping promise in the product and leave tests alone', () => {
    const sleep = 'await new Promise((resolve) => setTimeout(resolve, 100))'
    expect(problemsOf('electron/engine/vm/boot.ts', sleep)).toEqual([expect.stringContaining('sleeps')])
    expect(problemsOf('test/vm/boot.test.ts', sleep)).toEqual([])
  })

  test('refuse a test that runs alone', () => {
    expect(problemsOf('test/unit/a.test.ts', ['test', "only('x', () => {})"].join('.'))).toEqual([expect.stringContaining('.only')])
  })
})
