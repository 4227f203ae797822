import { type FSWatcher, watch } from 'node:fs'
import { errnoOf } from '#base/errno.ts'
import { rootId } from '../fuse/protocol.ts'
import { nodeFlag } from '../nodes/node-table.ts'
import type { FolderWatches, Share } from '../share.ts'

/** Told that something may have happened to a name in a folder; '' is the folder itself. */
export type OnChange = (folder: number, name: string) => void

/** How many folders are watched at most: each costs the host's kernel and us about a kilobyte. */
const mostWatches = 4096
/** How many removals of the guest's own are remembered until the host's kernel tells of them. */
const mostRemovals = 4096
/** For how long no new watch is tried after the host refused one, in ms. */
const refusedMs = 60_000

/** Linux: each folder the guest has looked at is watched by itself (inotify). */
export class SingleFolderWatches implements FolderWatches, Disposable {
  readonly #share: Share
  readonly #onChange: OnChange
  readonly #watches = new Map<number, FSWatcher>()
  readonly #removals = new Set<string>()
  #refusedAt = -Infinity

  constructor(share: Share, onChange: OnChange) {
    this.#share = share
    this.#onChange = onChange
  }

  ensure(folder: number): boolean {
    if (this.#share.table.is(folder, nodeFlag.watched)) return true
    if (this.#watches.size >= mostWatches || performance.now() - this.#refusedAt < refusedMs) return false
    const path = this.#share.folders.folder(folder)
    // What happens to the folder itself comes with the last part of the path it was watched by.
    const ownName = path.slice(path.lastIndexOf('/') + 1)
    try {
      const watcher = watch(path, { encoding: 'buffer', persistent: false }, (_event, name) => {
        const text = name?.toString('latin1') ?? ownName
        if (text === ownName) this.#onChange(folder, '')
        this.#onChange(folder, text)
      })
      watcher.on('error', () => this.forget(folder))
      this.#watches.set(folder, watcher)
      this.#share.table.set(folder, nodeFlag.watched, true)
      return true
    } catch (error) {
      this.#refusedAt = performance.now()
      this.#share.parts.log.warn('the host watches no more folders; what lies in others is asked for again each time', { reason: errnoOf(error), watched: this.#watches.size })
      return false
    }
  }

  isWatched(folder: number): boolean {
    return this.#share.table.is(folder, nodeFlag.watched)
  }

  forget(folder: number): void {
    this.#watches.get(folder)?.close()
    this.#watches.delete(folder)
    this.#share.table.set(folder, nodeFlag.watched, false)
  }

  removed(parent: number, name: string): void {
    if (this.#removals.size >= mostRemovals) this.#removals.clear()
    this.#removals.add(`${parent}/${name}`)
  }

  /** Whether the guest itself removed the name; asked once. */
  isOwnRemoval(parent: number, name: string): boolean {
    return this.#removals.delete(`${parent}/${name}`)
  }

  [Symbol.dispose](): void {
    for (const folder of this.#watches.keys()) this.forget(folder)
  }
}

/** macOS and Windows: one watch for the whole share (FSEvents, ReadDirectoryChangesW). Not yet run on such a system. */
export class WholeShareWatch implements FolderWatches, Disposable {
  readonly #share: Share
  readonly #onChange: OnChange
  readonly #removals = new Set<string>()
  #watcher: FSWatcher | undefined

  constructor(share: Share, onChange: OnChange) {
    this.#share = share
    this.#onChange = onChange
    try {
      this.#watcher = watch(share.parts.root, { recursive: true, persistent: false }, (_event, path) => this.#changed(path))
      this.#watcher.on('error', () => this[Symbol.dispose]())
    } catch (error) {
      share.parts.log.warn('the host does not watch this folder; the guest asks for everything again each time', { folder: share.parts.root, error })
    }
  }

  ensure(): boolean {
    return this.#watcher !== undefined
  }

  isWatched(): boolean {
    return this.#watcher !== undefined
  }

  forget(): void {
    // One watch serves every folder.
  }

  removed(parent: number, name: string): void {
    if (this.#removals.size >= mostRemovals) this.#removals.clear()
    this.#removals.add(`${parent}/${name}`)
  }

  isOwnRemoval(parent: number, name: string): boolean {
    return this.#removals.delete(`${parent}/${name}`)
  }

  [Symbol.dispose](): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }

  #changed(path: string | null): void {
    const names = Buffer.from(path ?? '').toString('latin1').split(/[/\\]/)
    const last = names.pop() ?? ''
    let folder = rootId
    for (const name of names) {
      folder = this.#share.table.child(folder, name)
      // The guest has never looked there.
      if (folder === 0) return
    }
    this.#onChange(folder, last)
    this.#onChange(folder, '')
  }
}
