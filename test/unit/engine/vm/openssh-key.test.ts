import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { afterAll, expect, test } from 'vitest'
import { generateOpenSshKeyPair, publicKeyOf } from '#engine/vm/openssh-key.ts'

const dir = mkdtempSync(join(tmpdir(), 'cove-key-'))
afterAll(() => rmSync(dir, { recursive: true }))

function keygen(...args: string[]): string {
  return execFileSync('ssh-keygen', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
}

// The padding depends on the comment's length: every remainder of 8 is tried.
test.each(['', 'a', 'cove', 'a1234567', 'abc', 'ab', 'abcde', 'abcdefg', 'abcdef'])('OpenSSH accepts a key with the comment %j, and finds our public half in it', (comment) => {
  const pair = generateOpenSshKeyPair(comment)
  const file = join(dir, `key-${comment}`)
  writeFileSync(file, pair.privateKey, { mode: 0o600 })
  expect(keygen('-y', '-f', file).split(' ').slice(0, 2).join(' ')).toBe(pair.publicKey)
  expect(keygen('-l', '-f', file)).toMatch(/^256 SHA256:\S+ .*\(ED25519\)$/)
})

test('A signature by our key verifies with our public half in OpenSSH and in ssh2', () => {
  const pair = generateOpenSshKeyPair('cove')
  const file = join(dir, 'signer')
  const data = join(dir, 'data')
  writeFileSync(file, pair.privateKey, { mode: 0o600 })
  writeFileSync(data, 'words')
  writeFileSync(join(dir, 'allowed'), `me ${pair.publicKey}\n`)
  keygen('-Y', 'sign', '-f', file, '-n', 'cove', data)
  const verify = ['-Y', 'verify', '-f', join(dir, 'allowed'), '-I', 'me', '-n', 'cove', '-s', `${data}.sig`]
  expect(execFileSync('ssh-keygen', verify, { input: 'words', encoding: 'utf8' })).toContain('Good "cove" signature')
  const key = ssh2.utils.parseKey(pair.privateKey)
  const publicKey = ssh2.utils.parseKey(pair.publicKey)
  if (key instanceof Error || publicKey instanceof Error) throw new Error('ssh2 refused the key')
  expect(publicKey.verify(Buffer.from('words'), key.sign(Buffer.from('words')))).toBe(true)
})

test('A key made by ssh-keygen is understood', () => {
  const file = join(dir, 'theirs')
  keygen('-q', '-t', 'ed25519', '-N', '', '-C', 'somebody', '-f', file)
  const text = execFileSync('cat', [file], { encoding: 'utf8' })
  expect(publicKeyOf(text)).toBe(keygen('-y', '-f', file).split(' ').slice(0, 2).join(' '))
})

test('Anything else is refused: damaged, encrypted, of another type, or with halves that differ', () => {
  const { privateKey } = generateOpenSshKeyPair('cove')
  const lines = privateKey.split('\n')
  const blob = Buffer.from(lines.slice(1, -2).join(''), 'base64')
  const wrap = (bytes: Buffer): string => `${lines[0] ?? ''}\n${bytes.toString('base64')}\n${lines.at(-2) ?? ''}\n`
  expect(publicKeyOf(wrap(blob))).toBeDefined()
  for (let at = 0; at < blob.length - 12; at += 3) {
    const damaged = Buffer.from(blob)
    damaged[at] = (damaged[at] ?? 0) ^ 0x55
    // The public blob of the header (98..) may differ: nothing reads it but ssh-keygen's speed-up.
    const isIgnored = at >= 39 && at < 98
    expect(isIgnored || publicKeyOf(wrap(damaged)) === undefined, `byte ${at}`).toBe(true)
  }
  keygen('-q', '-t', 'ed25519', '-N', 'secret', '-f', join(dir, 'locked'))
  keygen('-q', '-t', 'ecdsa', '-N', '', '-f', join(dir, 'ecdsa'))
  const texts = ['', 'x', privateKey.slice(0, 200), ...['locked', 'ecdsa'].map((name) => execFileSync('cat', [join(dir, name)], { encoding: 'utf8' }))]
  expect(texts.map(publicKeyOf)).toEqual(texts.map(() => undefined))
})
