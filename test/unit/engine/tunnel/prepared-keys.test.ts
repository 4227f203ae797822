import { once } from 'node:events'
import { KeyObject } from 'node:crypto'
import { Client } from 'ssh2'
import { expect, test } from 'vitest'
import { prepareSessionKeys } from '#engine/tunnel/prepared-keys.ts'
import { startSshd } from '../../../fixtures/sshd/sshd.ts'

const places = [
  { cipher: 'aes128-gcm@openssh.com', out: ['_encKey'], in: ['_decipherKey'] },
  { cipher: 'chacha20-poly1305@openssh.com', out: ['_encKeyMain', '_encKeyPktLen'], in: ['_decKeyMain', '_decKeyPktLen'] },
] as const

test.for(places)('this ssh2 has the keys of $cipher where they are looked for, and works with prepared ones', async ({ cipher, ...names }) => {
  await using sshd = await startSshd()
  const { host, port, user, clientPrivateKey } = sshd.target
  const client = new Client()
  client.on('handshake', () => prepareSessionKeys(client))
  client.connect({ host, port, username: user ?? 'root', privateKey: clientPrivateKey, algorithms: { cipher: [cipher] } })
  await once(client, 'ready')
  const prepared = (fields: readonly string[]): Record<string, unknown> => Object.fromEntries(fields.map((name) => [name, expect.any(KeyObject)]))
  expect(client).toMatchObject({ _protocol: { _cipher: prepared(names.out), _decipher: prepared(names.in) } })
  client.end()
  await once(client, 'close')
})

test('what does not look like ssh2 is left alone', () => {
  const other = { _protocol: { _cipher: { _encKey: 'no buffer' } } }
  prepareSessionKeys(other)
  prepareSessionKeys({})
  expect(other).toEqual({ _protocol: { _cipher: { _encKey: 'no buffer' } } })
})
