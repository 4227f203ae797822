import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { checkout } from '../checkout.ts'

/** The source, below the checkout. */
export const acceptQueueSource = 'resources/host/accept-queue.c'

/** Compiles the library that QEMU is given on Linux; where no compiler is, QEMU runs without. */
export async function buildAcceptQueue(target: string): Promise<void> {
  if (process.platform !== 'linux') return
  const next = `${target}.${process.pid}.new`
  const options = ['-O2', '-Wall', '-shared', '-fPIC', '-nostdlib', '-fvisibility=hidden', '-s']
  try {
    await execa('gcc', [...options, '-o', next, join(checkout, acceptQueueSource)])
    await rename(next, target)
  } catch (error) {
    await rm(next, { force: true })
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}
