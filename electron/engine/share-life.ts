import { EventEmitter, once } from 'node:events'
import { stat } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import type { Worker } from 'node:worker_threads'
import { CoveError } from '#contract/errors.ts'
import { type Remark, remark } from '#contract/remark.ts'
import type { ShareEntry } from '#contract/share.ts'
import { withLimit } from '#base/limit.ts'
import type { Logger } from '#base/log.ts'
import type { CovePaths } from '#base/paths.ts'
import type { Companion, Session } from './life/parts.ts'
import type { SettingsFile } from './settings/settings-file.ts'
import { endShareThread, type ShareThreadOptions, startShareThread } from './share-thread.ts'
import type { ShareCommand, ShareReport } from './share-worker.ts'
import { contains, foldersToMount, guestPath, type HostPlaces, problemOf, resolveFolder } from './shares/folder-rules.ts'
import type { SharedFolder } from './shares/share-server.ts'
import { otherDriver, virtiofsFolders, VirtiofsShares } from './virtiofs-shares.ts'
import type { Vm } from './vm/driver.ts'

/** What sharing folders works with. */
export interface SharingParts {
  paths: CovePaths
  settings: SettingsFile
  nativeBinding: string | undefined
  log: Logger
  /** What is wrong as long as the vm runs, each a sentence for the user. */
  warn(warnings: readonly Remark[]): void
}

/** How long a folder may take to be mounted in a running guest; it takes milliseconds. */
const mountLimitMs = 10_000
/** How long Docker's clients wait for the guest to have its folders, and nothing in them that became old while it slept. */
const settleLimitMs = 10_000
/** How long looking at a folder of the host may take. */
const lookLimitMs = 2000
/** How often a file server that ended by itself is begun anew within one vm's life. */
const mostRestarts = 5

/** Shares folders of the host with every vm that runs; the setting `share.folders` says which. */
export class Sharing implements Companion, Disposable {
  readonly name = 'shares'
  readonly #parts: SharingParts
  readonly #events = new EventEmitter<{ told: [] }>().setMaxListeners(0)
  readonly #listening: Disposable
  /** Error numbers of the guest by guest path; undefined while it mounts. */
  readonly #mounts = new Map<string, number | undefined>()
  readonly #virtiofs: VirtiofsShares
  #worker: Worker | undefined
  #isSettled = false

  constructor(parts: SharingParts) {
    this.#parts = parts
    this.#virtiofs = new VirtiofsShares({
      warn: (warnings) => parts.warn(warnings),
      lost: (path) => this.#worker?.postMessage({ type: 'lost', folder: { path, guestPath: guestPath(path, process.platform) } } satisfies ShareCommand),
    })
    this.#listening = parts.settings.onChange((values, former) => {
      if (values['share.folders'] !== former['share.folders']) this.#change(values['share.folders'], former['share.folders'])
    })
  }

  /** The folders that the next vm is to have by virtiofs: those that are there. */
  virtiofsFolders(): readonly string[] {
    return this.#driver === 'virtiofs' ? virtiofsFolders(this.#folders(this.#entries).map(({ path }) => path)) : []
  }

  /** Starts the file server; the guest's Docker waits, for some seconds, until its folders are mounted. */
  async joinVm(vm: Vm, signal: AbortSignal): Promise<AsyncDisposable> {
    const port = vm.canReopenPorts ? this.#parts.paths.sharesSocket : await vm.openPort('shares', signal)
    const virtiofs = this.#virtiofs.follow(vm)
    const folders = this.#folders(this.#entries)
    for (const { guestPath: path } of folders) this.#mounts.set(path, undefined)
    this.#isSettled = false
    let restarts = 0
    let isEnding = false
    const begin = (): void => {
      this.#worker = this.#startWorker(this.#folders(this.#entries), port)
      this.#worker.once('exit', () => {
        if (isEnding || restarts++ >= mostRestarts) return
        // The guest's requests wait, and its nodes are in the journal.
        this.#parts.log.error('the file server ended and begins anew', { restarts })
        begin()
      })
    }
    begin()
    return {
      [Symbol.asyncDispose]: async () => {
        isEnding = true
        virtiofs[Symbol.dispose]()
        const worker = this.#worker
        this.#worker = undefined
        this.#mounts.clear()
        if (worker) await endShareThread(worker)
        if (typeof port !== 'string') port.destroy()
      },
    }
  }

  /** Whoever was waiting for Docker sees in its folders what the host has there now. */
  async joinSession(_session: Session, signal: AbortSignal): Promise<AsyncDisposable> {
    const limit = { what: 'the guest to have its shared folders', ms: settleLimitMs, signal }
    await withLimit(limit, async (own) => {
      while (!this.#isSettled) await once(this.#events, 'told', { signal: own })
    }).catch((error: unknown) => {
      signal.throwIfAborted()
      this.#parts.log.warn('the start goes on without its shared folders', { error })
    })
    return { [Symbol.asyncDispose]: async () => undefined }
  }

  async list(): Promise<ShareEntry[]> {
    return Promise.all(this.#entries.map(async (entry) => this.#withVanished(this.#describe(entry))))
  }

  /** @throws CoveError `share.refused`, `share.failed`. */
  async add(path: string): Promise<ShareEntry> {
    const folder = resolveFolder(path, this.#places)
    const problem = problemOf(folder, this.#places) ?? (await this.#problemOnHost(folder))
    if (problem !== undefined) throw new CoveError('share.refused', { message: `"${folder}" cannot be shared: ${problem.message}`, about: { folder }, hint: 'See what is shared: cove share list' })
    if (!this.#entries.some((entry) => resolveFolder(entry, this.#places) === folder)) {
      const inside = this.#entries.map((entry) => resolveFolder(entry, this.#places)).find((other) => contains(folder, other))
      if (inside !== undefined) throw new CoveError('share.refused', { message: `"${folder}" cannot be shared: it holds "${inside}", which is shared already`, about: { folder }, hint: `Remove that one first: cove share remove ${inside}` })
      await this.#parts.settings.set('share.folders', JSON.stringify([...this.#entries, path === 'home' || path === 'temp' ? path : folder]))
    }
    await this.#settled(folder)
    const entry = this.#describe(folder)
    if (entry.state === 'failed') throw new CoveError('share.failed', { message: `"${folder}" is not mounted in the guest: ${entry.reason}`, about: { folder }, hint: 'See the details: cove logs engine' })
    return entry
  }

  /** @throws CoveError `share.unknown`. */
  async remove(path: string): Promise<{ path: string }> {
    const folder = resolveFolder(path, this.#places)
    const rest = this.#entries.filter((entry) => resolveFolder(entry, this.#places) !== folder)
    if (rest.length === this.#entries.length) throw new CoveError('share.unknown', { message: `"${folder}" is not shared`, about: { folder }, hint: 'See what is: cove share list' })
    await this.#parts.settings.set('share.folders', JSON.stringify(rest))
    await this.#settled(folder)
    return { path: folder }
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]()
  }

  get #entries(): readonly string[] {
    return this.#parts.settings.values['share.folders']
  }

  get #driver(): ShareEntry['driver'] {
    return this.#parts.settings.values['share.driver']
  }

  get #places(): HostPlaces {
    return { home: homedir(), temp: tmpdir(), coveHome: this.#parts.paths.home, platform: process.platform }
  }

  #folders(entries: readonly string[]): SharedFolder[] {
    return foldersToMount(entries, this.#places).map((path) => ({ path, guestPath: guestPath(path, process.platform), tag: this.#virtiofs.tagOf(path) }))
  }

  /** A folder that went away stays mounted as far as the guest knows; a disk that does not answer is not waited for. */
  async #withVanished(share: ShareEntry): Promise<ShareEntry> {
    if (share.state === 'refused') return share
    const problem = await withLimit({ what: `"${share.path}" to be looked at`, ms: lookLimitMs }, () => this.#problemOnHost(share.path)).catch(() => undefined)
    return problem === undefined ? share : { ...share, state: 'failed', ...because(problem) }
  }

  async #problemOnHost(folder: string): Promise<Remark | undefined> {
    const facts = await stat(folder).catch(() => undefined)
    if (!facts) return remark('folder.missing', 'there is no such folder', {})
    return facts.isDirectory() ? undefined : remark('folder.not-one', 'it is no folder', {})
  }

  #describe(entry: string): ShareEntry {
    const path = resolveFolder(entry, this.#places)
    const inGuest = guestPath(path, process.platform)
    const driver = this.#worker ? (this.#virtiofs.tagOf(path) === undefined ? 'cove' : 'virtiofs') : this.#driver
    const described = { path, guestPath: inGuest, entry, driver } as const
    const problem = problemOf(path, this.#places)
    if (problem !== undefined) return { ...described, state: 'refused', ...because(problem) }
    const holder = this.#folders(this.#entries).find((folder) => folder.path !== path && contains(folder.path, path))
    if (holder) return { ...described, state: 'covered', ...because(remark('folder.covered', `it lies in "${holder.path}"`, { path: holder.path })) }
    if (!this.#worker) return { ...described, state: 'off', ...because(remark('folder.vm-off', 'the vm does not run', {})) }
    const errno = this.#mounts.get(inGuest)
    if (errno === undefined) return { ...described, state: 'mounting', ...because(remark('folder.mounting', 'the guest has not mounted it yet', {})) }
    if (errno === 0) return { ...described, state: 'mounted', ...because(otherDriver(driver, this.#driver)) }
    return { ...described, state: 'failed', ...because(remark('folder.not-mounted', `the guest refused it (error ${errno})`, { number: errno })) }
  }

  #change(entries: readonly string[], former: readonly string[]): void {
    const worker = this.#worker
    if (!worker) return
    const next = this.#folders(entries)
    const present = this.#folders(former)
    const command = (message: ShareCommand): void => worker.postMessage(message)
    for (const folder of present) {
      if (next.some(({ path }) => path === folder.path)) continue
      command({ type: 'remove', folder })
    }
    for (const folder of next) {
      if (present.some(({ path }) => path === folder.path)) continue
      this.#mounts.set(folder.guestPath, undefined)
      command({ type: 'add', folder })
    }
  }

  /** Waits until the guest has done what was asked of it for a folder. */
  async #settled(folder: string): Promise<void> {
    const inGuest = guestPath(folder, process.platform)
    const isWanted = (): boolean => this.#folders(this.#entries).some(({ path }) => path === folder)
    const isSettled = (): boolean => !this.#worker || (isWanted() ? this.#mounts.get(inGuest) !== undefined : !this.#mounts.has(inGuest))
    const limit = { what: `the guest to have "${folder}"`, ms: mountLimitMs, code: 'share.failed' as const, hint: 'See the details: cove logs engine' }
    await withLimit(limit, async (signal) => {
      while (!isSettled()) await once(this.#events, 'told', { signal })
    })
  }

  #startWorker(folders: readonly SharedFolder[], port: ShareThreadOptions['port']): Worker {
    const { paths, nativeBinding, log } = this.#parts
    const worker = startShareThread({
      port,
      folders,
      hidden: [paths.home],
      journalDir: paths.runDir,
      ownersFile: paths.shareOwnersFile,
      nativeBinding,
    })
    worker.on('message', (report: ShareReport) => this.#onReport(report))
    worker.on('error', (error) => log.error('the file server failed', { error }))
    return worker
  }

  #onTakenOver(inGuest: string, errno: number): void {
    for (const { path, guestPath: at } of this.#folders(this.#entries)) if (at === inGuest) this.#virtiofs.forget(path)
    this.#parts.log.warn("a folder is served by Cove's own file server, not by virtiofs", { guestPath: inGuest, errno })
  }

  #onReport(report: ShareReport): void {
    if (report.type === 'log') return this.#parts.log[report.level](report.message, report.fields)
    if (report.type === 'settled') this.#isSettled = true
    else if (report.type === 'taken-over') this.#onTakenOver(report.guestPath, report.errno)
    else if (report.type === 'mounted') this.#mounts.set(report.guestPath, report.errno)
    else this.#mounts.delete(report.guestPath)
    this.#events.emit('told')
  }
}

function because(why: Remark | null): Pick<ShareEntry, 'reason' | 'remark'> {
  return { reason: why?.message ?? null, remark: why }
}
