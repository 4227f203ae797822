import { chmod, mkdir, readFile, stat } from 'node:fs/promises'
import writeFileAtomic from 'write-file-atomic'
import { errnoOf } from '#base/errno.ts'
import type { Logger } from '#base/log.ts'
import type { CovePaths } from '#base/paths.ts'
import { CoveError, toCoveError } from '#contract/errors.ts'
import type { VmIdentity } from './driver.ts'
import { generateOpenSshKeyPair, type OpenSshKeyPair, publicKeyOf } from './openssh-key.ts'

/**
 * This install's keys: the guest's SSH host key and our client key; made at the first start, private files 0600.
 * A missing public file is written again from its private one; a broken private file is reported, never replaced.
 * @throws CoveError `engine.home-unusable` on a broken or unreadable key, `file.unwritable` when none can be written.
 */
export async function openIdentity(paths: CovePaths, log: Logger): Promise<VmIdentity> {
  await mkdir(paths.keysDir, { recursive: true, mode: 0o700 })
  await chmod(paths.keysDir, 0o700)
  const [host, client] = await Promise.all([openPair(paths.hostKey, log), openPair(paths.clientKey, log)])
  return {
    hostPrivateKey: host.privateKey,
    hostPublicKey: host.publicKey,
    clientPrivateKey: client.privateKey,
    clientPublicKey: client.publicKey,
  }
}

async function openPair(file: string, log: Logger): Promise<OpenSshKeyPair> {
  const privateKey = await readOptional(file)
  if (privateKey === undefined) return await createPair(file, log)
  const publicKey = publicKeyOf(privateKey)
  if (publicKey === undefined) throw broken(file, 'it is no unencrypted ed25519 key in OpenSSH format')
  await tightenMode(file, log)
  const publicFile = `${file}.pub`
  const written = await readOptional(publicFile)
  if (written === undefined) {
    log.warn('the public half of a key was missing and is written again', { file: publicFile })
    await writeKey(publicFile, `${publicKey}\n`, 0o644)
  } else if (written.trim().split(/\s+/).slice(0, 2).join(' ') !== publicKey) {
    throw broken(publicFile, `it does not belong to "${file}"`)
  }
  return { privateKey, publicKey }
}

async function createPair(file: string, log: Logger): Promise<OpenSshKeyPair> {
  const pair = generateOpenSshKeyPair('cove')
  const isOrphaned = (await readOptional(`${file}.pub`)) !== undefined
  if (isOrphaned) log.warn('a private key was gone while its public half was there; both are made anew', { file })
  else log.info('made a new key', { file })
  // The private half last: it is the one that counts, and a crash in between leaves a start that makes both anew.
  await writeKey(`${file}.pub`, `${pair.publicKey}\n`, 0o644)
  await writeKey(file, pair.privateKey, 0o600)
  return pair
}

async function tightenMode(file: string, log: Logger): Promise<void> {
  if (process.platform === 'win32') return
  const { mode } = await stat(file)
  if ((mode & 0o077) === 0) return
  log.warn('a private key was readable by others; its mode is now 0600', { file })
  await chmod(file, 0o600)
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw broken(file, toCoveError(error).message)
  }
}

async function writeKey(file: string, text: string, mode: number): Promise<void> {
  await writeFileAtomic(file, text, { mode }).catch((error: unknown) => {
    const code = errnoOf(error) === 'ENOSPC' ? 'disk.no-space' : 'file.unwritable'
    throw new CoveError(code, { message: `cannot write the key "${file}": ${toCoveError(error).message}`, about: { path: file }, cause: error })
  })
}

function broken(file: string, why: string): CoveError {
  return new CoveError('engine.home-unusable', {
    message: `the key file "${file}" is unusable: ${why}`,
    about: { path: file },
    hint: 'Restore it, or remove it together with its other half; the next start makes a new pair.',
  })
}
