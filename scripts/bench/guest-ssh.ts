import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { execa } from 'execa'

/** How to reach the guest's sshd. */
export interface GuestSsh {
  port: number
  key: string
}

/** ssh's words for one command in the guest. */
export function sshWords({ port, key }: GuestSsh, command: string): string[] {
  const settings = ['IdentitiesOnly=yes', 'BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR']
  return ['-F', 'none', '-p', String(port), '-i', key, ...settings.map((setting) => `-o${setting}`), 'root@127.0.0.1', command]
}

/** Runs a script in the guest. @throws Error with its output when it fails. */
export async function inGuest(guest: GuestSsh, script: string, input: string | Uint8Array = ''): Promise<string> {
  const { stdout } = await execa('ssh', sshWords(guest, script), { input, timeout: 30 * 60_000 })
  return stdout
}

const sftpServers = ['/usr/lib/openssh/sftp-server', '/usr/libexec/openssh/sftp-server', '/usr/libexec/sftp-server']

/**
 * Mounts a host folder in the guest as other products do: OpenSSH's sftp-server on the host, sshfs in the guest, ssh between.
 * Disposing unmounts it.
 */
export async function mountSshfs(guest: GuestSsh, { folder, at, options }: { folder: string; at: string; options: string }): Promise<AsyncDisposable> {
  const server = sftpServers.find((path) => existsSync(path))
  if (server === undefined) throw new Error(`there is no sftp-server: ${sftpServers.join(', ')}`)
  await inGuest(guest, `mkdir -p ${at}`)
  const sftp: ChildProcess = spawn(server, { stdio: ['pipe', 'pipe', 'ignore'] })
  const ssh: ChildProcess = spawn('ssh', sshWords(guest, `exec sshfs -f -o passive,allow_other,${options} :${folder} ${at}`), { stdio: ['pipe', 'pipe', 'ignore'] })
  if (!sftp.stdin || !sftp.stdout || !ssh.stdin || !ssh.stdout) throw new Error('no pipes between sftp-server and ssh')
  for (const stream of [sftp.stdin, ssh.stdin]) stream.on('error', () => undefined)
  sftp.stdout.pipe(ssh.stdin)
  ssh.stdout.pipe(sftp.stdin)
  const end = async (): Promise<void> => {
    await inGuest(guest, `umount -l ${at} || true`).catch(() => undefined)
    ssh.kill()
    sftp.kill()
  }
  try {
    await inGuest(guest, `i=0; until grep -q ' ${at} ' /proc/mounts; do i=$((i+1)); test $i -lt 100 || exit 1; sleep 0.1; done`)
  } catch (error) {
    await end()
    throw error
  }
  return { [Symbol.asyncDispose]: end }
}
