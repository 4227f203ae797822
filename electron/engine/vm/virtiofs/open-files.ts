import { readFile } from 'node:fs/promises'

/** A server keeps each file open that the guest knows: with fewer than this, a folder as programs are developed in soon has more (one tree of npm packages: 50,000). */
export const enoughOpenFiles = 100_000

/** How many files a process may have open now (proc(5), limits); null when that cannot be told. */
export async function openFilesOf(pid: number): Promise<number | null> {
  return parseOpenFiles(await readFile(`/proc/${pid}/limits`, 'utf8').catch(() => ''))
}

/** The present limit of the line "Max open files"; null when it is not there. Without a limit it is Infinity. */
export function parseOpenFiles(limits: string): number | null {
  const [, present] = /^Max open files +(\d+|unlimited) /m.exec(limits) ?? []
  if (present === undefined) return null
  return present === 'unlimited' ? Infinity : Number(present)
}
