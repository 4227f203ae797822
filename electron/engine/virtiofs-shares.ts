import { statSync } from 'node:fs'
import { type Remark, remark } from '#contract/remark.ts'
import type { ShareEntry } from '#contract/share.ts'
import { enoughOpenFiles } from './vm/virtiofs/open-files.ts'
import type { Vm, VmEvents } from './vm/driver.ts'

/** How many folders are offered by virtiofs: each is a process here and a place on the guest's bus. */
const mostFolders = 16

/** Who is told what becomes of them. */
export interface VirtiofsListener {
  /** What is wrong as long as the vm runs, each a sentence for the user. */
  warn(warnings: readonly Remark[]): void
  /** The server of this folder ended. */
  lost(path: string): void
}

/** The folders that the present vm has by virtiofs. */
export class VirtiofsShares {
  readonly #listener: VirtiofsListener
  readonly #tags = new Map<string, string>()

  constructor(listener: VirtiofsListener) {
    this.#listener = listener
  }

  /** The name by which the guest mounts a folder; undefined for one that it has otherwise. */
  tagOf(path: string): string | undefined {
    return this.#tags.get(path)
  }

  /** The guest has it otherwise from now on. */
  forget(path: string): void {
    this.#tags.delete(path)
  }

  /** Knows what a vm has until disposed. */
  follow(vm: Vm): Disposable {
    const warn = (): void => this.#listener.warn(warningsOf(vm))
    const onLost: (...lost: VmEvents['virtiofs-lost']) => void = ({ folder }) => {
      this.#tags.delete(folder)
      warn()
      this.#listener.lost(folder)
    }
    this.#tags.clear()
    for (const { folder, tag } of vm.virtiofs.folders) this.#tags.set(folder, tag)
    warn()
    vm.on('virtiofs-lost', onLost)
    return {
      [Symbol.dispose]: () => {
        vm.off('virtiofs-lost', onLost)
        this.#tags.clear()
        this.#listener.warn([])
      },
    }
  }
}

/** Of the folders to share, those to offer by virtiofs: as many as fit of those that are there now. */
export function virtiofsFolders(paths: readonly string[]): string[] {
  return paths.filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true).slice(0, mostFolders)
}

/** Says that a folder is not served as the settings want it; null when it is. */
export function otherDriver(present: ShareEntry['driver'], wanted: ShareEntry['driver']): Remark | null {
  return present === wanted ? null : remark('folder.otherwise', `by ${words[present]}, not by ${words[wanted]}`, {})
}

const words: Record<ShareEntry['driver'], string> = { cove: "Cove's own file server", virtiofs: 'virtiofs' }

function warningsOf({ virtiofs: { folders, problem, lost, openFiles } }: Vm): Remark[] {
  const gone = lost.map(({ folder }) => remark('shares.ended', `The virtiofs server of "${folder}" ended: containers that use the folder hang, new ones have it by Cove's own file server. Restart the vm when you can: cove restart`, { folder }))
  const few = folders.length > 0 && openFiles !== null && openFiles < enoughOpenFiles ? [fewFiles(openFiles)] : []
  return problem === null ? [...few, ...gone] : [remark('shares.otherwise', `Cove's own file server serves the shared folders, not virtiofs: ${problem}`, {}), ...gone]
}

/** Its server keeps each file open that the guest knows. */
function fewFiles(files: number): Remark {
  const message = `virtiofs keeps every file open that containers have looked at, and this computer lets it open ${files} (ulimit -Hn): beyond that, they meet "Too many open files". For larger folders raise that limit, or use Cove's own file server: cove config set share.driver cove`
  return remark('shares.few-files', message, { files: String(files) })
}
