import { describe, expect, test } from 'vitest'
import { memberLines } from '#engine/registries/option-lines.ts'
import { mergeOptions, problemOfDocker, readUserOptions } from '#engine/registries/user-options.ts'

describe('the text of options', () => {
  test('has its members by line, nested ones and values left aside', () => {
    expect(memberLines('{\n  "a": {"b": 1},\n\n  "c:d": ["e", "f\\":"], "g"\n: "h: {"\n}')).toEqual({ lines: new Map([['a', 2], ['c:d', 4], ['g', 4]]), twice: [] })
    expect(memberLines('{"a":1,\n"a":2}').twice).toEqual(['a'])
  })

  test('may be empty', () => {
    for (const empty of ['', ' \n', '{}']) expect(readUserOptions(empty)).toEqual({ options: {}, problems: [] })
  })

  test('that is no JSON is refused at its line', () => {
    const lineOf = (text: string): unknown => readUserOptions(text).problems.map(({ line }) => line)
    expect(lineOf('{\n  "debug": true,\n}')).toEqual([2])
    expect(lineOf('{\n  "debug": tru\n}')).toEqual([2])
    expect(lineOf('{\n  "debug": true\n')).toEqual([2])
    expect(lineOf('{\n  "a": [1,\n 2\n "b": 1}')).toEqual([4])
    expect(lineOf('{\n"a": 1\n}\n}')).toEqual([3])
    expect(lineOf("{\n\n'a': 1}")).toEqual([3])
    expect(lineOf('{\n"a": 1\n"b": 2}')).toEqual([3])
    expect(lineOf('[]')).toEqual([1])
    expect(lineOf('null')).toEqual([1])
  })

  test('is refused for each option that is not the user’s to set, at its line and with the reason', () => {
    expect(readUserOptions('{\n"debug": true,\n"hosts": ["tcp://0.0.0.0:2375"],\n"insecure-registries": [],\n"features": {"containerd-snapshotter": true}}').problems).toEqual([
      { line: 3, key: 'hosts', message: expect.stringContaining('lose Docker') as string },
      { line: 4, key: 'insecure-registries', message: expect.stringContaining('registry.insecure') as string },
      { line: 5, key: 'features', message: expect.stringContaining('docker.imageStore') as string },
    ])
    expect(readUserOptions('{"debug": true,\n"debug": false}').problems).toEqual([{ line: 2, key: 'debug', message: '"debug" is there twice' }])
    // A name of Object's own is a name like any other.
    expect(readUserOptions('{"constructor": 1, "__proto__": 2}').problems).toEqual([])
  })
})

test('Cove’s own options stand above the user’s, and features are both’s', () => {
  expect(mergeOptions({ debug: true, proxies: 1, features: { a: true, 'containerd-snapshotter': false } }, { proxies: 2, features: { 'containerd-snapshotter': true } })).toEqual({ debug: true, proxies: 2, features: { a: true, 'containerd-snapshotter': true } })
  expect(mergeOptions({ features: 'odd' }, { 'insecure-registries': [] })).toEqual({ features: 'odd', 'insecure-registries': [] })
})

test('what Docker refuses is found at the line of the option that it names', () => {
  const text = '{\n"debug": true,\n"nonsense": 1,\n"max-concurrent-downloads": "x"\n}'
  expect(problemOfDocker(text, "unable to configure the Docker daemon with file /run/cove/daemon.check.json: the following directives don't match any configuration option: nonsense\n")).toEqual({ line: 3, key: 'nonsense', message: "the following directives don't match any configuration option: nonsense" })
  expect(problemOfDocker(text, 'unable to configure the Docker daemon with file /f: json: cannot unmarshal string into Go struct field Config.max-concurrent-downloads of type int')).toMatchObject({ line: 4, key: 'max-concurrent-downloads' })
  expect(problemOfDocker(text, 'something else')).toEqual({ line: null, key: null, message: 'something else' })
  expect(problemOfDocker('{}', '')).toMatchObject({ line: null, message: 'Docker refused it' })
})
