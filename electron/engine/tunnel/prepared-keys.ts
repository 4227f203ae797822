import { createSecretKey } from 'node:crypto'

/**
 * Turns the raw session keys of an ssh2 client into key objects, once for each key exchange.
 * Without its native add-on ssh2 makes a new AES-GCM cipher for each packet (three of ChaCha20), and node prepares a raw key each time:
 * 16 µs a packet against 3 (node 24.21, ssh2 1.17). Other versions, where the fields are not there, are left alone.
 */
export function prepareSessionKeys(client: object): void {
  const protocol = field(client, '_protocol')
  for (const name of ['_encKey', '_encKeyMain', '_encKeyPktLen']) prepare(field(protocol, '_cipher'), name)
  for (const name of ['_decipherKey', '_decKeyMain', '_decKeyPktLen']) prepare(field(protocol, '_decipher'), name)
}

function prepare(cipher: unknown, name: string): void {
  const key = field(cipher, name)
  if (Buffer.isBuffer(key)) Reflect.set(cipher as object, name, createSecretKey(key))
}

function field(owner: unknown, name: string): unknown {
  return typeof owner === 'object' && owner !== null ? Reflect.get(owner, name) : undefined
}
