import { chmod, copyFile, mkdir, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Copies a program to its place in one step: whoever starts it meanwhile gets the old one or the new one. */
export async function place(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  const next = `${to}.${process.pid}.new`
  await copyFile(from, next)
  await chmod(next, 0o755)
  await rename(next, to)
}
