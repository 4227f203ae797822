import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { alternate } from '../alternate.ts'
import type { Bench, Section } from '../bench.ts'
import { endBoth, type FolderPair, startWithBoth } from '../both-drivers.ts'
import { timeEdits } from '../edit-seen.ts'
import { type Figure, figure, type FigureHead } from '../figure.ts'
import { type GuestSsh, inGuest, mountSshfs } from '../guest-ssh.ts'
import { benchResources } from '../reference/recipe.ts'
import { ownDisk, sshfsBrief, sshfsCached, sshfsDefault, sshRoundTrip, virtiofsd } from '../references.ts'
import { fill, fillFlat, foldersOf, lookScript, packTree, script, statTree, warmScript, type Work } from '../share-scripts.ts'
import { readSshPort } from '../ssh-port.ts'

/** What is done, in this order, and what it is called. */
const operations = {
  create: 'create small files',
  'stat-cold': 'ls -l, nothing cached',
  'read-cold': 'read each, nothing cached',
  'stat-warm': 'ls -l again',
  'read-warm': 'read each again',
  'stat-later': 'ls -l again, 2 s later',
  'read-later': 'read each again, 2 s later',
  tree: 'unpack a tree (npm ci-like)',
  status: 'look at every file of the tree (git status-like), warm',
  'status-later': 'look at every file of the tree, 2 s later',
  'stat-calls': 'stat each file just read, the calls alone',
  'stat-calls-again': 'stat each again, the calls alone',
  'stat-calls-later': 'stat each again 2 s later, the calls alone',
  'status-calls': 'second look at the tree, the calls alone',
  'status-calls-again': 'third look at the tree, the calls alone',
  'status-calls-later': 'a look at the tree 2 s later, the calls alone',
  delete: 'delete small files',
  write: 'write one large file',
  'read-large': 'read it, nothing cached',
} as const
type Operation = keyof typeof operations

/** What is done in folders of any size. */
const looks = {
  'look-cold': 'list a folder and stat its files, nothing cached, the calls alone',
  'look-again': 'the same at once again',
  'look-later': 'the same 2 s later',
} as const

/** The same cache settings as Cove's own; without them sshfs asks again after a second. */
const sameCaches = 'kernel_cache,entry_timeout=3600,negative_timeout=3600,attr_timeout=3600,dcache_timeout=3600,dcache_stat_timeout=3600,dcache_link_timeout=3600,dcache_dir_timeout=3600'

/** The cache settings of virtiofs: what is a second old is asked for again. */
const briefCaches = 'max_conns=1,dcache_timeout=1,dcache_stat_timeout=1,dcache_link_timeout=1,dcache_dir_timeout=1'

/** Operations on a shared folder, against virtiofs, against sshfs on OpenSSH's sftp-server over ssh and against the vm's own disk. */
export const shares: Section = {
  name: 'shares',
  async measure(bench: Bench): Promise<Figure[]> {
    const { cove } = bench
    const folder = await mkdtemp(join(tmpdir(), 'cove-bench-shares-'))
    const pair: FolderPair = { own: join(folder, 'cove'), virtiofs: join(folder, 'virtiofs') }
    try {
      await Promise.all(['cove', 'virtiofs', 'cached', 'plain', 'brief'].map((name) => mkdir(join(folder, name))))
      await cove.run(['start', '--wait'])
      const whyNot = await startWithBoth(cove, pair)
      if (whyNot !== undefined) bench.say(`without virtiofs: ${whyNot}`)
      // What goes on over ssh keeps nothing awake, and the larger sizes take longer than a vm without containers stays so.
      await cove.run(['config', 'set', 'sleep.afterMin', '0'])
      const guest = { port: await readSshPort(cove.paths.vmRecord), key: cove.paths.clientKey }
      return await measureIn(bench, guest, { folder, pair, whyNot })
    } finally {
      await cove.run(['config', 'unset', 'sleep.afterMin'])
      await endBoth(cove)
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function measureIn(bench: Bench, guest: GuestSsh, { folder, pair, whyNot }: Places): Promise<Figure[]> {
  const sizes = bench.isQuick ? [300] : process.env['COVE_TEST_FULL'] === '1' ? [1000, 10_000, 100_000] : [1000, 10_000]
  const edits = await timeEdits(guest, pair.own, 10)
  const figures = [figure({ name: 'shares.edit-seen', label: 'an edit on the host, seen in the guest', unit: 'ms', ...(whyNot === undefined ? {} : { note: `virtiofs was not measured: ${whyNot}` }) }, edits.seen, { [sshRoundTrip]: edits.roundTrips })]
  await placeStatTree(bench, guest)
  await using _cached = await mountSshfs(guest, { folder: join(folder, 'cached'), at: '/mnt/sshfs-cached', options: sameCaches })
  await using _plain = await mountSshfs(guest, { folder: join(folder, 'plain'), at: '/mnt/sshfs-plain', options: 'max_conns=1' })
  await using _brief = await mountSshfs(guest, { folder: join(folder, 'brief'), at: '/mnt/sshfs-brief', options: briefCaches })
  for (const files of sizes) {
    bench.say(`shares with ${files} files`)
    const work: Work = { files, megabytes: bench.isQuick ? 16 : 64 }
    await inGuest(guest, packTree(foldersOf(work)))
    await fill(join(folder, 'brief'), work)
    const places = [pair.own, '/mnt/sshfs-cached', '/mnt/sshfs-plain', '/var/lib/cove/bench']
    const scripts = [...places.map((place) => script(place, work)), ...(whyNot === undefined ? [script(pair.virtiofs, work), warmScript('/mnt/sshfs-brief', work)] : [])]
    // The larger sizes show how figures grow; their medians need fewer runs.
    const runs = files > 1000 ? 1 : Math.min(bench.runs, 3)
    const measured = await alternate(scripts.map((text) => () => measureOne(guest, text)), runs)
    const suffix = files === sizes[0] ? '' : `-${files}`
    figures.push(...figuresOf<Operation>(measured, operations, (operation) => ({ name: `shares.${operation}${suffix}`, label: `${operations[operation]} (${files})`, unit: 'ms' })))
  }
  for (const files of bench.isQuick ? [300] : [1000, 10_000, 100_000]) figures.push(...(await measureLooks(bench, guest, { files, folder, pair, whyNot })))
  await inGuest(guest, `rm -rf /var/lib/cove/bench /tmp-bench.tar ${statTree}`)
  return figures
}

interface Places {
  folder: string
  pair: FolderPair
  whyNot: string | undefined
}

/** What a look costs as a folder grows: once each, in turn, of files that the host has made. */
async function measureLooks(bench: Bench, guest: GuestSsh, { files, folder, pair, whyNot }: Places & { files: number }): Promise<Figure[]> {
  bench.say(`looks at ${files} files`)
  const work: Work = { files, megabytes: 0 }
  const onHost = [pair.own, ...['cached', 'plain'].map((name) => join(folder, name)), ...(whyNot === undefined ? [pair.virtiofs] : [])]
  // A name of its own for each size: what sshfs with our caches has once listed it never asks for again.
  const own = `looks-${files}`
  for (const each of onHost) await fillFlat(join(each, own), work)
  const places = [pair.own, '/mnt/sshfs-cached', '/mnt/sshfs-plain', '/var/lib/cove/bench', ...(whyNot === undefined ? [pair.virtiofs] : [])]
  const measured = await alternate(places.map((place) => () => measureOne(guest, lookScript(join(place, own), work))), bench.isQuick ? 1 : Math.min(bench.runs, 3))
  for (const each of onHost) await rm(join(each, own), { recursive: true })
  await inGuest(guest, 'rm -rf /var/lib/cove/bench')
  return figuresOf(measured, looks, (operation) => ({ name: `shares.${operation}-${files}`, label: `${looks[operation]} (${files})`, unit: 'ms' }))
}

async function placeStatTree({ folder }: Bench, guest: GuestSsh): Promise<void> {
  const built = join(folder, 'stat-tree')
  await execa('gcc', ['-O2', '-static', '-o', built, join(benchResources, 'stat-tree.c')])
  await inGuest(guest, `cat > ${statTree}; chmod 755 ${statTree}`, await readFile(built))
}

async function measureOne(guest: GuestSsh, text: string): Promise<Map<string, number>> {
  const lines = (await inGuest(guest, 'sh -s', text)).trim().split('\n')
  return new Map(lines.map((line) => line.split(' ')).map(([name = '', value = '', unit]): [string, number] => [name, unit === 'us' ? Number(value) / 1000 : Math.max(Number(value), 1) * 10]))
}

/** A figure for each operation, named by `head`. */
function figuresOf<Operation extends string>(measured: readonly Map<string, number>[][], named: Record<Operation, string>, head: (operation: Operation) => FigureHead): Figure[] {
  const [ours = [], cached = [], plain = [], disk = [], byVirtiofs = [], brief = []] = measured
  return (Object.keys(named) as Operation[]).map((operation) => {
    const of = (runs: readonly Map<string, number>[]): number[] => runs.flatMap((run) => run.get(operation) ?? [])
    return figure(head(operation), of(ours), { [sshfsCached]: of(cached), [sshfsDefault]: of(plain), [ownDisk]: of(disk), [virtiofsd]: of(byVirtiofs), [sshfsBrief]: of(brief) })
  })
}
