import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commandLine } from '#cli/quote.ts'
import { CoveUser, hasProgram } from './cove.ts'

/** Runs a command line of cove on a real terminal of util-linux' `script`. */
function onTerminal(user: CoveUser, words: readonly string[], input = ''): string {
  const cove = join(import.meta.dirname, '..', '..', 'dist', 'bin', 'cove')
  const ran = spawnSync('script', ['-qec', commandLine([cove, ...words]), '/dev/null'], { env: { ...user.env, TERM: 'xterm' }, cwd: user.dir, input, encoding: 'utf8' })
  return ran.stdout
}

const hasTerminal = process.platform === 'linux' && hasProgram('script')

// X4
test.skipIf(!hasTerminal)('on a terminal a log cannot send control sequences', async () => {
  await using user = new CoveUser()
  mkdirSync(join(user.home, 'logs'), { recursive: true })
  writeFileSync(join(user.home, 'logs', 'guest.log'), `\x1b]0;owned\x07 \x9b2J <b>\u202e${'A'.repeat(1_000_000)}\r\nnext\n`)
  const shown = onTerminal(user, ['logs', 'guest'])
  expect(shown.startsWith(String.raw`\x1b]0;owned\x07`)).toBe(true)
  expect(shown).not.toMatch(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]/)
  expect(shown.endsWith('\r\nnext\r\n')).toBe(true)
})

test.skipIf(!hasTerminal)('status is coloured on a terminal, unless NO_COLOR', async () => {
  await using user = new CoveUser()
  expect(onTerminal(user, ['status'])).toContain('\x1b[')
  await using plain = new CoveUser({ NO_COLOR: '1' })
  expect(onTerminal(plain, ['status'])).not.toContain('\x1b')
})

test.skipIf(!hasTerminal)('reset asks on a terminal, and any answer but the word deletes nothing', async () => {
  await using user = new CoveUser()
  await user.run(['config', 'set', 'vm.cpus', '3'])
  const shown = onTerminal(user, ['reset', '--all'], 'yes\n')
  expect(shown).toContain(user.home)
  expect(shown).toContain('Type "delete" to go on: ')
  expect(shown).toContain('Nothing was deleted.')
  expect((await user.run(['config', 'get', 'vm.cpus'])).stdout).toBe('3\n')
})

test.for([['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const)('%s ends a watch with %d and without a word', async ([signal, expected]) => {
  await using user = new CoveUser()
  await user.run(['config', 'list'])
  const child = user.spawn(['status', '--watch', '--json'])
  const errors: string[] = []
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
  await once(child.stdout, 'data')
  child.kill(signal)
  const [code] = (await once(child, 'close')) as [number]
  expect([code, errors.join('')]).toEqual([expected, ''])
})
