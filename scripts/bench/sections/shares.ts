import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { alternate } from '../alternate.ts'
import type { Bench, Section } from '../bench.ts'
import { timeEdits } from '../edit-seen.ts'
import { type Figure, figure } from '../figure.ts'
import { type GuestSsh, inGuest, mountSshfs } from '../guest-ssh.ts'
import { ownDisk, sshfsCached, sshfsDefault, sshRoundTrip } from '../references.ts'
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
  delete: 'delete small files',
  write: 'write one large file',
  'read-large': 'read it, nothing cached',
} as const
type Operation = keyof typeof operations

/** The same cache settings as Cove's own; without them sshfs asks again after a second. */
const sameCaches = 'kernel_cache,entry_timeout=3600,negative_timeout=3600,attr_timeout=3600,dcache_timeout=3600,dcache_stat_timeout=3600,dcache_link_timeout=3600,dcache_dir_timeout=3600'

/** Times each operation in hundredths of a second: what the guest's clock gives a script without forking. */
function script(folder: string, { files, megabytes }: { files: number; megabytes: number }): string {
  return `set -e
    mkdir -p ${folder}/b; cd ${folder}/b
    now() { read -r up rest < /proc/uptime; echo "\${up%.*}\${up#*.}"; }
    cold() { sync; echo 3 > /proc/sys/vm/drop_caches; }
    time_it() { name=$1; shift; begun=$(now); "$@" > /dev/null; ended=$(now); echo "$name $((ended - begun))"; }
    create() { i=0; while [ $i -lt ${files} ]; do echo "content $i" > f$i; i=$((i+1)); done; }
    list() { ls -l; }
    read_all() { cat f*; }
    unpack() { tar -xf /tmp-bench.tar; }
    look() { find t -type f -newer /etc/passwd; }
    remove() { rm -f f*; }
    write() { dd if=/dev/zero of=large bs=1M count=${megabytes} conv=fsync 2> /dev/null; }
    read_large() { cat large; }
    time_it create create; cold
    time_it stat-cold list; cold
    time_it read-cold read_all
    time_it stat-warm list; time_it read-warm read_all
    time_it tree unpack; look > /dev/null; time_it status look
    time_it delete remove
    time_it write write; cold
    time_it read-large read_large
    cd ..; rm -rf b`
}

/** A tree like an installed package's dependencies: folders of a few small files, in the guest's memory. */
function makeTree(folders: number): string {
  return `mkdir -p /dev/shm/t; cd /dev/shm; i=0; while [ $i -lt ${folders} ]; do mkdir -p t/m$i/lib; for f in package.json index.js README lib/a.js lib/b.js; do echo "module $i $f" > t/m$i/$f; done; i=$((i+1)); done; tar -cf /tmp-bench.tar t; rm -r t`
}

/** Operations on a shared folder, against sshfs on OpenSSH's sftp-server over ssh and against the vm's own disk. */
export const shares: Section = {
  name: 'shares',
  async measure(bench: Bench): Promise<Figure[]> {
    const { cove } = bench
    await cove.run(['start', '--wait'])
    // What goes on over ssh keeps nothing awake, and the larger sizes take longer than a vm without containers stays so.
    await cove.run(['config', 'set', 'sleep.afterMin', '0'])
    const guest = { port: await readSshPort(cove.paths.vmRecord), key: cove.paths.clientKey }
    const folder = await mkdtemp(join(tmpdir(), 'cove-bench-shares-'))
    try {
      return await measureIn(bench, guest, folder)
    } finally {
      await rm(folder, { recursive: true, force: true })
      await cove.run(['config', 'unset', 'sleep.afterMin'])
    }
  },
}

async function measureIn(bench: Bench, guest: GuestSsh, folder: string): Promise<Figure[]> {
  const sizes = bench.isQuick ? [300] : process.env['COVE_TEST_FULL'] === '1' ? [1000, 10_000, 100_000] : [1000, 10_000]
  const edits = await timeEdits(guest, folder, 10)
  const figures = [figure({ name: 'shares.edit-seen', label: 'an edit on the host, seen in the guest', unit: 'ms' }, edits.seen, { [sshRoundTrip]: edits.roundTrips })]
  await Promise.all(['cove', 'cached', 'plain'].map((name) => mkdir(join(folder, name))))
  await using _cached = await mountSshfs(guest, { folder: join(folder, 'cached'), at: '/mnt/sshfs-cached', options: sameCaches })
  await using _plain = await mountSshfs(guest, { folder: join(folder, 'plain'), at: '/mnt/sshfs-plain', options: 'max_conns=1' })
  for (const files of sizes) {
    bench.say(`shares with ${files} files`)
    await inGuest(guest, makeTree(Math.round(files / 10)))
    const work = { files, megabytes: bench.isQuick ? 16 : 64 }
    const places = [join(folder, 'cove'), '/mnt/sshfs-cached', '/mnt/sshfs-plain', '/var/lib/cove/bench']
    // The larger sizes show how figures grow; their medians need fewer runs.
    const runs = files > 1000 ? 1 : Math.min(bench.runs, 3)
    const measured = await alternate(places.map((place) => () => measureOne(guest, script(place, work))), runs)
    figures.push(...figuresOf({ files, isSmallest: files === sizes[0] }, measured))
  }
  await inGuest(guest, 'rm -rf /var/lib/cove/bench /tmp-bench.tar')
  return figures
}

async function measureOne(guest: GuestSsh, text: string): Promise<Map<string, number>> {
  const lines = (await inGuest(guest, 'sh -s', text)).trim().split('\n')
  return new Map(lines.map((line) => line.split(' ')).map(([name = '', hundredths = '']): [string, number] => [name, Math.max(Number(hundredths), 1) * 10]))
}

function figuresOf({ files, isSmallest }: { files: number; isSmallest: boolean }, measured: readonly Map<string, number>[][]): Figure[] {
  const [ours = [], cached = [], plain = [], disk = []] = measured
  return (Object.keys(operations) as Operation[]).map((operation) => {
    const of = (runs: readonly Map<string, number>[]): number[] => runs.map((run) => run.get(operation) ?? 0)
    const head = { name: isSmallest ? `shares.${operation}` : `shares.${operation}-${files}`, label: `${operations[operation]} (${files})`, unit: 'ms' as const }
    return figure(head, of(ours), { [sshfsCached]: of(cached), [sshfsDefault]: of(plain), [ownDisk]: of(disk) })
  })
}
