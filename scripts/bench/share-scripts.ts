import { mkdir } from 'node:fs/promises'
import { execa } from 'execa'

/** Where the guest has resources/bench/stat-tree.c: `ls` and `find` cost more by themselves than what they ask of a folder they know. */
export const statTree = '/root/stat-tree'

/** How much of it. */
export interface Work {
  files: number
  megabytes: number
}

/**
 * What scripts do, and how they time it. `later` lets the second go by for which the kernel answers by itself from what
 * sshfs told it, when nobody sets anything (libfuse's attr_timeout and entry_timeout). `calls` names the microseconds that
 * looks of one program took, by their turns; a look that was not shown the files counts for nothing.
 */
const words = ({ files, megabytes }: Work): string => `
    now() { read -r up rest < /proc/uptime; echo "\${up%.*}\${up#*.}"; }
    cold() { sync; echo 3 > /proc/sys/vm/drop_caches; }
    later() { sleep 2; }
    time_it() { name=$1; shift; begun=$(now); "$@" > /dev/null; ended=$(now); echo "$name $((ended - begun))"; }
    create() { i=0; while [ $i -lt ${files} ]; do echo "content $i" > f$i; i=$((i+1)); done; }
    list() { ls -l; }
    read_all() { cat f*; }
    unpack() { tar -xf /tmp-bench.tar; }
    look() { find t -type f -newer /etc/passwd; }
    calls() { folder=$1; shift; ${statTree} $folder $# | while read -r took seen; do [ $seen -lt ${Math.floor(files / 2)} ] || echo "$1 $took us"; shift; done; }
    remove() { rm -f f*; }
    write() { dd if=/dev/zero of=large bs=1M count=${megabytes} conv=fsync 2> /dev/null; }
    read_large() { cat large; }`

/** Times each operation in hundredths of a second: what the guest's clock gives a script without forking. */
export function script(folder: string, work: Work): string {
  return `set -e; ${words(work)}
    mkdir -p ${folder}/b; cd ${folder}/b
    time_it create create; cold
    time_it stat-cold list; cold
    time_it read-cold read_all
    time_it stat-warm list; time_it read-warm read_all
    later; time_it stat-later list; time_it read-later read_all; cold
    read_all > /dev/null; calls . stat-calls stat-calls-again; later; calls . stat-calls-later
    time_it tree unpack; look > /dev/null; time_it status look; later; time_it status-later look; cold
    calls t status-cold status-calls status-calls-again; later; calls t status-calls-later
    time_it delete remove
    time_it write write; cold
    time_it read-large read_large
    cd ..; rm -rf b`
}

/** The same of what may still be known, in a folder that the host has filled: making it by sshfs takes minutes. */
export function warmScript(folder: string, work: Work): string {
  return `set -e; ${words(work)}
    cd ${folder}/b
    read_all > /dev/null; time_it stat-warm list; later; time_it stat-later list
    look > /dev/null; time_it status look; later; time_it status-later look`
}

/** A tree like an installed package's dependencies: folders of a few small files. */
const growTree = (folders: number): string => `i=0; while [ $i -lt ${folders} ]; do mkdir -p t/m$i/lib; for f in package.json index.js README lib/a.js lib/b.js; do echo "module $i $f" > t/m$i/$f; done; i=$((i+1)); done`

/** The tree in the guest, as an archive: made in its memory. */
export const packTree = (folders: number): string => `mkdir -p /dev/shm/t; cd /dev/shm; ${growTree(folders)}; tar -cf /tmp-bench.tar t; rm -r t`

/** Has the host make what the guest would find after `create` and `unpack`. */
export async function fill(folder: string, work: Work): Promise<void> {
  await execa('sh', ['-ec', `${words(work)}
    rm -rf b; mkdir b; cd b; create; ${growTree(foldersOf(work))}`], { cwd: folder })
}

/** How many folders the tree has: half as many files as are made beside it. */
export const foldersOf = ({ files }: Work): number => Math.round(files / 10)

/** A folder's files for `lookScript`, where the host can make them. */
export async function fillFlat(folder: string, work: Work): Promise<void> {
  await mkdir(folder)
  await execa('sh', ['-ec', `${words(work)}
    rm -rf b; mkdir b; cd b; create`], { cwd: folder })
}

/** Lists a folder and asks for the attributes of each file in it, the calls alone: cold, at once again, and later. The vm's own disk makes its files first. */
export function lookScript(folder: string, work: Work): string {
  return `set -e; ${words(work)}
    mkdir -p ${folder}/b; cd ${folder}/b; test -e f0 || create
    cold; calls . look-cold look-again; later; calls . look-later`
}
