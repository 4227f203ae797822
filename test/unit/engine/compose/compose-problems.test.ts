import { expect, test } from 'vitest'
import { composeProblems } from '#engine/compose/compose-problems.ts'

const text = `services:
  web:
    image: a
    foo: 1
    environment: { A: "\${UNSET}" }
  db:
    image: b
    foo: 2
volumes:
  data:
`

const linesOf = (said: string): (number | null)[] => composeProblems(said, { text, file: '/p/compose.yaml' }).map(({ line }) => line)

test('what Compose says is told at its line: as it says itself, or where the key it names stands', () => {
  expect(linesOf('yaml: line 3: mapping values are not allowed in this context')).toEqual([3])
  expect(linesOf("validating -: services.web additional properties 'foo' not allowed")).toEqual([4])
  expect(linesOf("validating /p/compose.yaml: services.db additional properties 'foo' not allowed")).toEqual([8])
  expect(linesOf('services.web.ports must be a list')).toEqual([2])
  expect(linesOf('service "db" depends on undefined service "x": invalid compose project')).toEqual([6])
  expect(linesOf('time="2026-11-22T10:55:54Z" level=warning msg="The \\"UNSET\\" variable is not set. Defaulting to a blank string."')).toEqual([5])
  expect(linesOf('something nobody foresaw')).toEqual([null])
  expect(linesOf('services.gone is wrong')).toEqual([1])
})

test('a key is that of its own parent, whatever others of its name stand before it', () => {
  const depending = 'services:\n  # db: none\n  api:\n    image: a\n    depends_on:\n      db:\n        condition: service_healthy\n\n  db:\n    imge: b\nvolumes:\n  db:\n'
  const lines = (said: string) => composeProblems(said, { text: depending, file: null }).map(({ line }) => line)
  expect(lines("validating -: services.db additional properties 'imge' not allowed")).toEqual([10])
  expect(lines('volumes.db is wrong')).toEqual([12])
  expect(lines('service "db" refers to undefined network x')).toEqual([9])
})

test('warnings and errors are told apart, without what a person need not read', () => {
  const said = ['time="t" level=warning msg="old"', "validating -: services.web additional properties 'foo' not allowed", ''].join('\n')
  expect(composeProblems(said, { text, file: null })).toEqual([
    { level: 'warning', message: 'old', line: null, file: null },
    { level: 'error', message: "services.web additional properties 'foo' not allowed", line: 4, file: null },
  ])
})
