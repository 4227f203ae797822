import { once } from 'node:events'
import { KeyObject } from 'node:crypto'
import { Client } from 'ssh2'
import { expect, test } from 'vitest'
import { prepareSessionKeys } from '#engine/tunnel/prepared-keys.ts'
import { startSshd } from '../../../fixtures/sshd/sshd.ts'

test('this ssh2 has the keys where they are looked for, and works with prepared ones', async () => {
  await using sshd = await startSshd()
  const { host, port, user, clientPrivateKey } = sshd.target
  const client = new Client()
  client.on('handshake', () => prepareSessionKeys(client))
  client.connect({ host, port, username: user ?? 'root', privateKey: clientPrivateKey, algorithms: { cipher: ['aes128-gcm@openssh.com'] } })
  await once(client, 'ready')
  expect(client).toMatchObject({ _protocol: { _cipher: { _encKey: expect.any(KeyObject) }, _decipher: { _decipherKey: expect.any(KeyObject) } } })
  client.end()
  await once(client, 'close')
})

test('what does not look like ssh2 is left alone', () => {
  const other = { _protocol: { _cipher: { _encKey: 'no buffer' } } }
  prepareSessionKeys(other)
  prepareSessionKeys({})
  expect(other).toEqual({ _protocol: { _cipher: { _encKey: 'no buffer' } } })
})
