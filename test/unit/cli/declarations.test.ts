import { expect, test } from 'vitest'
import { parseCommandLine } from '#cli/command-line.ts'
import { commands } from '#cli/commands.ts'
import { completionModel } from '#cli/completion/model.ts'
import { completionScript } from '#cli/completion/script.ts'
import type { Command } from '#cli/declare.ts'
import { settingWords } from '#cli/setting-words.ts'
import { Settings } from '#contract/setting.ts'

const grammar = { commands, summary: 'Docker.', columns: 80, hasColor: false }
const leaves: [path: string[], command: Command][] = commands.flatMap((declared) =>
  declared.kind === 'group' ? declared.commands.map((command): [string[], Command] => [[declared.name, command.name], command]) : [[[declared.name], declared]],
)

function parsed(...words: string[]): { command: Command; operands: unknown; options: unknown } {
  const request = parseCommandLine(words, grammar)
  if (request.kind !== 'run') throw new Error(`help instead of a command: ${request.text}`)
  return { command: request.command, ...request.input }
}

test.for(leaves)(
  'the help of %s names each of its options and operands',
  ([path, command]) => {
    const request = parseCommandLine([...path, '--help'], grammar)
    const text = request.kind === 'help' ? request.text : ''
    expect(text).toContain(`Usage: cove ${path.join(' ')}`)
    for (const { words } of completionModel(commands).find((point) => point.path === ['cove', ...path].join(' '))?.options ?? []) for (const word of words) expect(text).toContain(word)
    for (const operand of Object.keys(command.operands)) expect(text).toContain(operand)
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
  },
)

test.for(['bash', 'zsh', 'fish'] as const)('the %s completion knows every command, option, setting and log', (shell) => {
  const script = completionScript(shell, commands)
  const asFish = (word: string): string => (word.startsWith('--') ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`)
  for (const point of completionModel(commands)) {
    for (const { word } of point.commands) expect(script).toContain(word)
    for (const { words } of point.options) for (const word of words) expect(script).toContain(shell === 'fish' ? asFish(word) : word)
  }
  for (const word of [...Object.keys(Settings.shape), 'guest', 'qemu', 'powershell', 'whpx']) expect(script).toContain(word)
})

test('options, operands and what follows -- come out typed', () => {
  expect(parsed('logs', '--tail', '5', '-f', 'guest')).toMatchObject({ operands: { log: 'guest' }, options: { tail: 5, follow: true } })
  expect(parsed('start', '--no-wait')).toMatchObject({ options: { wait: false } })
  expect(parsed('start')).toMatchObject({ options: {} })
  expect(parsed('shell', '--', 'ls', '--json', '-la')).toMatchObject({ operands: { command: ['ls', '--json', '-la'] } })
  expect(parsed('shell', 'ls', '-la')).toMatchObject({ operands: { command: ['ls', '-la'] } })
  expect(parsed('shell')).toMatchObject({ operands: { command: [] } })
  expect(parsed('disk', 'resize', '1T')).toMatchObject({ operands: { size: 1024 } })
  expect(parsed('reset', '--dry-run', '--all')).toMatchObject({ options: { dryRun: true, all: true } })
})

test('cove alone and cove help explain themselves', () => {
  for (const words of [[], ['help'], ['--help'], ['-h']]) {
    const request = parseCommandLine(words, grammar)
    expect(request).toMatchObject({ kind: 'help' })
    for (const { name } of commands) expect(request.kind === 'help' && request.text).toContain(name)
  }
})

test.for([
  [['statsu'], 'unknown command "statsu"', 'Did you mean "status"?'],
  [['config', 'lst'], 'unknown command "lst"', 'Did you mean "list"?'],
  [['status', '--jsn'], 'unknown option "--jsn"', 'Did you mean "--json"?'],
  [['config'], '"cove config" needs a command after it', 'Choose one of: list, get, set, unset'],
  [['logs', 'gest'], '"gest" is not a log', 'Did you mean "guest"?'],
  [['config', 'get', 'vm.cpu'], 'there is no setting "vm.cpu"', 'Did you mean "vm.cpus"?'],
  [['env', '--shell', 'tcsh'], '"tcsh" is not a shell', 'powershell'],
  [['stop', 'now'], 'too many arguments for "stop". Expected 0 arguments but got 1: now', 'See: cove stop --help'],
  [['frobnicate'], 'unknown command "frobnicate"', 'See: cove --help'],
] as const)('%j is a usage error that helps', ([words, message, hint]) => {
  const attempt = (): unknown => parseCommandLine(words, grammar)
  expect(attempt).toThrow(expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message), hint: expect.stringContaining(hint) }))
})

test('every value offered for a setting is one the schema takes', () => {
  for (const [name, { values }] of Object.entries(settingWords)) {
    for (const value of values) expect(Settings.shape[name as keyof typeof settingWords].safeParse(value).success).toBe(true)
  }
})
