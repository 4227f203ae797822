import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Bench } from './bench.ts'
import { benchResources } from './reference/recipe.ts'

const program = '/root/bulk-peer'

/**
 * Runs `work` while a program of ours listens in place of Docker's socket in the guest: what goes through docker.sock
 * then measures the way there, not Docker. Docker's own listener keeps its socket under another name meanwhile.
 */
export async function withBulkPeer<T>({ cove, folder }: Bench, guestSocket: string, work: () => Promise<T>): Promise<T> {
  const built = join(folder, 'bulk-peer')
  await execa('gcc', ['-O2', '-static', '-o', built, join(benchResources, 'bulk-peer.c')])
  await cove.run(['shell', '--', 'sh', '-c', `cat > ${program} && chmod 755 ${program}`], await readFile(built))
  const aside = `${guestSocket}.aside`
  const peer = cove.spawn(['shell', '--', 'sh', '-c', `mv ${guestSocket} ${aside} && exec ${program} ${guestSocket}`])
  peer.catch(() => undefined)
  try {
    await untilListening(peer.stdout)
    return await work()
  } finally {
    peer.kill()
    await cove.run(['shell', '--', 'sh', '-c', `killall bulk-peer; mv -f ${aside} ${guestSocket}`])
  }
}

async function untilListening(output: NodeJS.ReadableStream): Promise<void> {
  for await (const chunk of output) if (String(chunk).includes('listening')) return
  throw new Error('the bulk peer did not start in the guest')
}
