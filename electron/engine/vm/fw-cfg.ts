import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { VmIdentity } from './driver.ts'

/** Files of one boot that QEMU hands to the guest; disposing deletes them. */
export interface FwCfgFiles extends AsyncDisposable {
  files: { name: string; file: string }[]
}

/** What the guest is told at boot. */
export interface FwCfgContent {
  identity: Pick<VmIdentity, 'hostPrivateKey' | 'clientPublicKey'>
  /** Host loopback port of the guest's sshd: the guest keeps its containers away from it. */
  sshPort: number
  epochMs: number
  guestFiles: Readonly<Record<string, string>>
}

/** Writes the files (0600) in a folder of this boot's own. QEMU reads them while it starts and never again. */
export async function writeFwCfg(parent: string, content: FwCfgContent): Promise<FwCfgFiles> {
  await mkdir(parent, { recursive: true, mode: 0o700 })
  const dir = await mkdtemp(join(parent, 'boot-'))
  const texts: Record<string, string> = {
    ...content.guestFiles,
    'host-key': content.identity.hostPrivateKey,
    'authorized-keys': `${content.identity.clientPublicKey}\n`,
    config: `ssh_port=${content.sshPort}\nepoch_ms=${content.epochMs}\n`,
  }
  await Promise.all(Object.entries(texts).map(([name, text]) => writeFile(join(dir, name), text, { mode: 0o600 })))
  return {
    files: Object.keys(texts).map((name) => ({ name: `opt/org.cove/${name}`, file: join(dir, name) })),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  }
}
