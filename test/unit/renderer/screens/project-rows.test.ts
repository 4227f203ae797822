import { expect, test } from 'vitest'
import { findRow, projectRows, serviceLevels } from '#renderer/screens/projects/project-rows.ts'

const project = (name: string, workingDir: string) => ({ name, workingDir, configFiles: [], services: [] })
const folder = (path: string, name: string | null) => ({ folder: path, name, configFiles: [], problem: name === null ? 'no file' : null })

test('a folder that was opened is listed until its project has containers, and found under either key', () => {
  const before = projectRows([project('b', '/b')], [folder('/a', 'a'), folder('/b', 'b'), folder('/c', null)])
  expect(before.map(({ key, name }) => [key, name])).toEqual([['folder:/c', '/c'], ['folder:/a', 'a'], ['b', 'b']])
  const after = projectRows([project('a', '/a')], [folder('/a', 'a')])
  expect(after.map(({ key }) => key)).toEqual(['a'])
  expect(findRow(after, 'folder:/a')?.key).toBe('a')
  expect(findRow(after, 'x')).toBeUndefined()
})

test('services stand after those they wait for; a ring ends', () => {
  const service = (name: string, ...on: string[]) => ({ name, dependsOn: on.map((each) => ({ service: each })) })
  expect(Object.fromEntries(serviceLevels([service('web', 'api'), service('api', 'db', 'gone'), service('db'), service('alone')]))).toEqual({ alone: 0, api: 1, db: 0, web: 2 })
  expect(serviceLevels([service('a', 'b'), service('b', 'a')]).size).toBe(2)
})
