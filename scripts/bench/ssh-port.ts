import { readFile } from 'node:fs/promises'

/** The host port of the guest's sshd, from the vm's record in COVE_HOME. @throws Error when no vm runs. */
export async function readSshPort(vmRecord: string): Promise<number> {
  const { sshPort } = JSON.parse(await readFile(vmRecord, 'utf8')) as { sshPort?: unknown }
  if (typeof sshPort !== 'number') throw new Error(`"${vmRecord}" names no port`)
  return sshPort
}
