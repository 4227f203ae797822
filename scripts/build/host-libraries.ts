import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { checkout } from '../checkout.ts'

const folder = 'resources/host'

/** What is compiled for Linux hosts: the source, below the checkout, and the name beside the engine's bundle. */
export const hostLibraries = [
  // Given to QEMU; needs nothing of a C library but what it stands before.
  { source: `${folder}/accept-queue.c`, file: 'accept-queue.so', options: ['-nostdlib'] },
  // Loaded by the engine.
  { source: `${folder}/memory-trim.c`, file: 'memory-trim.node', options: [] },
] as const

/** Compiles them into a folder on Linux; where no compiler is, Cove runs without. */
export async function buildHostLibraries(into: string): Promise<void> {
  if (process.platform !== 'linux') return
  await Promise.all(hostLibraries.map((library) => compile(library, join(into, library.file))))
}

async function compile({ source, options }: (typeof hostLibraries)[number], target: string): Promise<void> {
  const next = `${target}.${process.pid}.new`
  try {
    await execa('gcc', ['-O2', '-Wall', '-shared', '-fPIC', '-fvisibility=hidden', '-s', ...options, '-o', next, join(checkout, source)])
    await rename(next, target)
  } catch (error) {
    await rm(next, { force: true })
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}
