import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'

/** An ed25519 key pair as OpenSSH text. */
export interface OpenSshKeyPair {
  /** PEM-like block `-----BEGIN OPENSSH PRIVATE KEY-----`, unencrypted. */
  privateKey: string
  /** `ssh-ed25519 AAAA…` without comment. */
  publicKey: string
}

const keyType = 'ssh-ed25519'
const magic = Buffer.from('openssh-key-v1\0')
const armour = /^-----BEGIN OPENSSH PRIVATE KEY-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END OPENSSH PRIVATE KEY-----\s*$/

/** A fresh ed25519 key pair. */
export function generateOpenSshKeyPair(comment: string): OpenSshKeyPair {
  const { seed, point } = rawKey(generateKeyPairSync('ed25519').privateKey)
  return { privateKey: encodePrivateKey(seed, point, comment), publicKey: publicLine(point) }
}

/** The public half of an unencrypted ed25519 private key; undefined when the text is anything else or its halves differ. */
export function publicKeyOf(privateKey: string): string | undefined {
  try {
    const found = armour.exec(privateKey)
    if (!found?.[1]) return undefined
    const reader = blobReader(Buffer.from(found[1], 'base64'), magic)
    const [cipher, kdf] = [reader.text(), reader.text()]
    reader.bytes()
    if (cipher !== 'none' || kdf !== 'none' || reader.number() !== 1) return undefined
    reader.bytes()
    const secret = blobReader(reader.bytes())
    if (secret.number() !== secret.number() || secret.text() !== keyType) return undefined
    const point = secret.bytes()
    const pair = secret.bytes()
    const expected = pointOf(pair.subarray(0, 32))
    return pair.length === 64 && point.equals(expected) && pair.subarray(32).equals(expected) ? publicLine(point) : undefined
  } catch {
    return undefined
  }
}

/** OpenSSH's PROTOCOL.key: magic, cipher, kdf, options, count, public blob, padded private section. */
function encodePrivateKey(seed: Buffer, point: Buffer, comment: string): string {
  const check = randomBytes(4)
  const section = Buffer.concat([check, check, lengthed(keyType), lengthed(point), lengthed(Buffer.concat([seed, point])), lengthed(comment)])
  const padding = Buffer.from(Array.from({ length: (8 - (section.length % 8)) % 8 }, (_, index) => index + 1))
  const one = Buffer.from([0, 0, 0, 1])
  const blob = [magic, lengthed('none'), lengthed('none'), lengthed(''), one, lengthed(publicBlob(point)), lengthed(Buffer.concat([section, padding]))]
  const lines = Buffer.concat(blob).toString('base64').match(/.{1,70}/g) ?? []
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`
}

function publicLine(point: Buffer): string {
  return `${keyType} ${publicBlob(point).toString('base64')}`
}

function publicBlob(point: Buffer): Buffer {
  return Buffer.concat([lengthed(keyType), lengthed(point)])
}

/** The 32-byte seed and public point of an ed25519 key (RFC 8032). */
function rawKey(key: KeyObject): { seed: Buffer; point: Buffer } {
  const { d = '', x = '' } = key.export({ format: 'jwk' })
  return { seed: Buffer.from(d, 'base64url'), point: Buffer.from(x, 'base64url') }
}

/** The public point that belongs to a seed, through the seed's PKCS#8 form (RFC 8410). */
function pointOf(seed: Buffer): Buffer {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  return rawKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).point
}

function lengthed(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** Reads SSH's binary fields; throws RangeError past the end. */
function blobReader(blob: Buffer, prefix: Buffer = Buffer.alloc(0)): { bytes(): Buffer; text(): string; number(): number } {
  if (!blob.subarray(0, prefix.length).equals(prefix)) throw new RangeError('wrong magic')
  let at = prefix.length
  const number = (): number => {
    at += 4
    return blob.readUInt32BE(at - 4)
  }
  const bytes = (): Buffer => {
    const length = number()
    if (at + length > blob.length) throw new RangeError('field past the end')
    at += length
    return blob.subarray(at - length, at)
  }
  return { bytes, number, text: () => bytes().toString('latin1') }
}
