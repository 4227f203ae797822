import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { alternate } from '../alternate.ts'
import type { Bench, Section } from '../bench.ts'
import { endBoth, type FolderPair, startWithBoth } from '../both-drivers.ts'
import { timeEdits } from '../edit-seen.ts'
import { type Figure, figure } from '../figure.ts'
import { type GuestSsh, inGuest, mountSshfs } from '../guest-ssh.ts'
import { benchResources } from '../reference/recipe.ts'
import { ownDisk, sshfsBrief, sshfsCached, sshfsDefault, sshRoundTrip, virtiofsd } from '../references.ts'
import { readSshPort } from '../ssh-port.ts'

/** What is done, in this order, and what it is called. */
const operations = {
  create: 'create small files',
  'stat-cold': 'ls -l, nothing cached',
  'read-cold': 'read each, nothing cached',
  'stat-warm': 'ls -l again',
  'read-warm': 'read each again',
  tree: 'unpack a tree (npm ci-like)',
  status: 'look at every file of the tree (git status-like), warm',
  'stat-calls': 'stat each file just read, the calls alone',
  'stat-calls-again': 'stat each again, the calls alone',
  'status-calls': 'second look at the tree, the calls alone',
  'status-calls-again': 'third look at the tree, the calls alone',
  delete: 'delete small files',
  write: 'write one large file',
  'read-large': 'read it, nothing cached',
} as const
type Operation = keyof typeof operations

/** The same cache settings as Cove's own; without them sshfs asks again after a second. */
const sameCaches = 'kernel_cache,entry_timeout=3600,negative_timeout=3600,attr_timeout=3600,dcache_timeout=3600,dcache_stat_timeout=3600,dcache_link_timeout=3600,dcache_dir_timeout=3600'

/** The cache settings of virtiofs: what is a second old is asked for again. */
const briefCaches = 'max_conns=1,dcache_timeout=1,dcache_stat_timeout=1,dcache_link_timeout=1,dcache_dir_timeout=1'

/** Where the guest has resources/bench/stat-tree.c: `ls` and `find` cost more by themselves than what they ask of a folder they know. */
const statTree = '/root/stat-tree'

/** What scripts do, and how they time it; `calls` names the microseconds that looks of one program took, by their turns. */
const words = ({ files, megabytes }: Work): string => `
    now() { read -r up rest < /proc/uptime; echo "\${up%.*}\${up#*.}"; }
    cold() { sync; echo 3 > /proc/sys/vm/drop_caches; }
    time_it() { name=$1; shift; begun=$(now); "$@" > /dev/null; ended=$(now); echo "$name $((ended - begun))"; }
    create() { i=0; while [ $i -lt ${files} ]; do echo "content $i" > f$i; i=$((i+1)); done; }
    list() { ls -l; }
    read_all() { cat f*; }
    unpack() { tar -xf /tmp-bench.tar; }
    look() { find t -type f -newer /etc/passwd; }
    calls() { folder=$1; shift; ${statTree} $folder $# | while read -r took rest; do echo "$1 $took us"; shift; done; }
    remove() { rm -f f*; }
    write() { dd if=/dev/zero of=large bs=1M count=${megabytes} conv=fsync 2> /dev/null; }
    read_large() { cat large; }`

/** How much of it. */
interface Work {
  files: number
  megabytes: number
}

/** Times each operation in hundredths of a second: what the guest's clock gives a script without forking. */
function script(folder: string, work: Work): string {
  return `set -e; ${words(work)}
    mkdir -p ${folder}/b; cd ${folder}/b
    time_it create create; cold
    time_it stat-cold list; cold
    time_it read-cold read_all
    time_it stat-warm list; time_it read-warm read_all; cold
    read_all > /dev/null; calls . stat-calls stat-calls-again
    time_it tree unpack; look > /dev/null; time_it status look; cold
    calls t status-cold status-calls status-calls-again
    time_it delete remove
    time_it write write; cold
    time_it read-large read_large
    cd ..; rm -rf b`
}

/** The same of what may still be known, in a folder that the host has filled: making it by sshfs takes minutes. */
function warmScript(folder: string, work: Work): string {
  return `set -e; ${words(work)}
    cd ${folder}/b
    read_all > /dev/null; time_it stat-warm list
    look > /dev/null; time_it status look`
}

/** A tree like an installed package's dependencies: folders of a few small files. */
const growTree = (folders: number): string => `i=0; while [ $i -lt ${folders} ]; do mkdir -p t/m$i/lib; for f in package.json index.js README lib/a.js lib/b.js; do echo "module $i $f" > t/m$i/$f; done; i=$((i+1)); done`

/** The tree in the guest, as an archive: made in its memory. */
const packTree = (folders: number): string => `mkdir -p /dev/shm/t; cd /dev/shm; ${growTree(folders)}; tar -cf /tmp-bench.tar t; rm -r t`

/** Has the host make what the guest would find after `create` and `unpack`. */
async function fill(folder: string, work: Work): Promise<void> {
  await execa('sh', ['-ec', `${words(work)}
    rm -rf b; mkdir b; cd b; create; ${growTree(foldersOf(work))}`], { cwd: folder })
}

/** How many folders the tree has: half as many files as are made beside it. */
const foldersOf = ({ files }: Work): number => Math.round(files / 10)

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

async function measureIn(bench: Bench, guest: GuestSsh, { folder, pair, whyNot }: { folder: string; pair: FolderPair; whyNot: string | undefined }): Promise<Figure[]> {
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
    figures.push(...figuresOf({ files, isSmallest: files === sizes[0] }, measured))
  }
  await inGuest(guest, `rm -rf /var/lib/cove/bench /tmp-bench.tar ${statTree}`)
  return figures
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

function figuresOf({ files, isSmallest }: { files: number; isSmallest: boolean }, measured: readonly Map<string, number>[][]): Figure[] {
  const [ours = [], cached = [], plain = [], disk = [], byVirtiofs = [], brief = []] = measured
  return (Object.keys(operations) as Operation[]).map((operation) => {
    const of = (runs: readonly Map<string, number>[]): number[] => runs.flatMap((run) => run.get(operation) ?? [])
    const head = { name: isSmallest ? `shares.${operation}` : `shares.${operation}-${files}`, label: `${operations[operation]} (${files})`, unit: 'ms' as const }
    return figure(head, of(ours), { [sshfsCached]: of(cached), [sshfsDefault]: of(plain), [ownDisk]: of(disk), [virtiofsd]: of(byVirtiofs), [sshfsBrief]: of(brief) })
  })
}
