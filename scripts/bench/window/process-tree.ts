import { readdir, readFile } from 'node:fs/promises'

/** One process as /proc tells of it. */
export interface Relative {
  pid: number
  parent: number
  words: readonly string[]
}

/** The processes that descend from one, itself not included. */
export function descendantsOf(pid: number, all: readonly Relative[]): Relative[] {
  return all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...descendantsOf(child.pid, all)])
}

/** What kind of Chromium's processes it is: `renderer`, `gpu-process`, `utility`; undefined for its browser and for others. */
export function chromiumKind({ words }: Relative): string | undefined {
  return words.find((word) => word.startsWith('--type='))?.slice('--type='.length)
}

/** Every process of this machine that can be read. */
export async function readProcesses(): Promise<Relative[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(pids.map(readRelative))
  return found.flatMap((one) => one ?? [])
}

/** The fourth field of stat is the parent; the name before it may hold anything. */
async function readRelative(pid: number): Promise<Relative | undefined> {
  try {
    const [stat, words] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile(`/proc/${pid}/cmdline`, 'utf8')])
    // Chromium writes its processes' words with spaces between.
    return { pid, parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]), words: words.split(/[\0 ]/).filter(Boolean) }
  } catch {
    return undefined
  }
}
