import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from '#base/log.ts'
import { errno } from './fuse/protocol.ts'
import { answer } from './fuse/records.ts'
import { parseRequest } from './fuse/request.ts'
import type { OwnerMemory } from './owner-memory.ts'
import { frame, type Frame, fromGuest, mostMounts, mountsOf, toGuest, writeReplyHead } from './port/frames.ts'
import { ShareLink, type SharePort } from './port/share-link.ts'
import { ServedShare } from './served-share.ts'
import { type HiddenFolder, hiddenFolder } from './hidden-folder.ts'

/** What the file server works with. */
export interface ShareServerOptions {
  port: SharePort
  /** Folders of the host, each at its path in the guest. */
  folders: readonly SharedFolder[]
  /** Folders that no share shows: COVE_HOME. */
  hidden: readonly string[]
  /** Where the nodes' journals lie. */
  journalDir: string
  owners: OwnerMemory
  log: Logger
  /** Told how each folder's mounting and unmounting went, by its path in the guest; `errno` 0 is well. */
  onMounted(path: string, errno: number): void
  onUnmounted(path: string, errno: number): void
  /** The guest was to have it by virtiofs and could not (`errno`), or cannot any more (0): it is served here from now on. */
  onTakenOver?(path: string, errno: number): void
  /** Everything wanted is mounted, and the guest has dropped what became old while nobody told it. */
  onSettled?(): void
  /** Nothing was asked for some seconds. */
  onRest?(): void
}

/** One folder as it is shared. */
export interface SharedFolder {
  path: string
  /** Where the guest has it. */
  guestPath: string
  /** What the guest mounts by virtiofs instead of asking us. */
  tag?: string | undefined
}

/** After so long without a request nothing is held open any more, in ms. */
const restAfterMs = 3000

/** Serves folders of the host to one guest. Disposing leaves the guest's mounts waiting for the next server. */
export class ShareServer implements Disposable {
  readonly #options: ShareServerOptions
  readonly #served = new Map<number, ServedShare>()
  /** By their paths in the guest. */
  readonly #wanted = new Map<string, SharedFolder>()
  /** What the guest has by virtiofs. */
  readonly #direct = new Map<number, string>()
  readonly #mounting = new Map<number, string>()
  readonly #unmounting = new Map<number, string>()
  readonly #hidden: HiddenFolder[]
  #link: ShareLink
  #boot = ''
  #resting: NodeJS.Timeout | undefined
  #isMet = false
  #eventProcess = 0

  constructor(options: ShareServerOptions) {
    this.#options = options
    this.#hidden = options.hidden.flatMap(hiddenFolder)
    for (const folder of options.folders) this.#wanted.set(folder.guestPath, folder)
    this.#link = new ShareLink(
      options.port,
      {
        met: (hello) => this.#onMet(hello),
        frame: (message) => this.#onFrame(message),
        turnEnded: () => this.#endTurn(),
        closed: () => options.log.debug('the share port is closed'),
      },
      options.log,
    )
  }

  /** Mounts one more folder in the guest, now or when the guest is there. */
  add(folder: SharedFolder): void {
    this.#wanted.set(folder.guestPath, folder)
    if (this.#isMet) this.#mount(folder.guestPath)
  }

  /** Unmounts a folder; whoever still uses it in the guest is told ENOTCONN. */
  remove({ guestPath }: SharedFolder): void {
    this.#wanted.delete(guestPath)
    for (const [mount, path] of this.#present) if (path === guestPath) this.#unmount(mount)
  }

  /** Serves a folder that the guest has by virtiofs, whose server is gone; whatever uses it there goes on waiting for that one. */
  takeOver({ guestPath }: SharedFolder): void {
    if (!this.#serveInstead(guestPath, 0)) return
    for (const [mount, path] of this.#direct) if (path === guestPath) this.#unmount(mount)
    if (this.#isMet) this.#mount(guestPath)
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#resting)
    this.#link[Symbol.dispose]()
    for (const mount of this.#served.keys()) this.#drop(mount)
  }

  /** The guest says which boot it is, who replays events, and what is mounted since a former server. */
  #onMet(hello: Buffer): void {
    if (hello.length < 44) return
    this.#eventProcess = hello.readInt32LE(0)
    this.#boot = hello.toString('latin1', 4, 40)
    this.#isMet = true
    this.#mounting.clear()
    const mounted = mountsOf(hello.subarray(44))
    this.#direct.clear()
    for (const [mount, served] of this.#served) if (mounted.get(mount)?.path !== served.guestPath) this.#drop(mount)
    for (const [mount, { path, isDirect }] of mounted) this.#onPresent(mount, path, isDirect)
    for (const path of this.#wanted.keys()) this.#mount(path)
    this.#link.send(frame(toGuest.allMounted, 0))
    this.#options.log.info('the guest reaches its shares', { mounted: mounted.size, wanted: this.#wanted.size })
  }

  /** What is mounted, or about to be, by whatever serves it. */
  get #present(): [number, string][] {
    return [...[...this.#served].map(([mount, { guestPath }]): [number, string] => [mount, guestPath]), ...this.#direct]
  }

  /** What the guest has since a former server: a folder that this one took over stays taken over. */
  #onPresent(mount: number, path: string, isDirect: boolean): void {
    if (isDirect) this.#direct.set(mount, path)
    else if (!this.#served.has(mount)) this.#serve(mount, path)
    this.#served.get(mount)?.useEventProcess(this.#eventProcess)
    if (!isDirect) this.#serveInstead(path, 0)
    const wanted = this.#wanted.get(path)
    if (wanted && isDirect === (wanted.tag !== undefined)) this.#options.onMounted(path, 0)
    else this.#unmount(mount)
  }

  /** Whether a folder was to be had by virtiofs; it is not any more. */
  #serveInstead(guestPath: string, error: number): boolean {
    const wanted = this.#wanted.get(guestPath)
    if (wanted?.tag === undefined) return false
    this.#wanted.set(guestPath, { ...wanted, tag: undefined })
    this.#options.onTakenOver?.(guestPath, error)
    return true
  }

  #mount(path: string): void {
    if ([...this.#mounting.values(), ...this.#present.map(([, present]) => present)].includes(path)) return
    let mount = 0
    while (this.#served.has(mount) || this.#direct.has(mount) || this.#mounting.has(mount) || this.#unmounting.has(mount)) mount++
    if (mount >= mostMounts) return this.#options.onMounted(path, errno.EMFILE)
    this.#mounting.set(mount, path)
    const tag = this.#wanted.get(path)?.tag
    if (tag !== undefined) return this.#link.send(frame(toGuest.mountVirtiofs, mount, Buffer.from(`${tag}\0${path}`)))
    // A journal of a mount that is gone would speak of numbers the new one gives anew.
    rmSync(journalPath(this.#options.journalDir, mount), { force: true })
    this.#serve(mount, path)
    this.#served.get(mount)?.useEventProcess(this.#eventProcess)
    this.#link.send(frame(toGuest.mount, mount, Buffer.from(path)))
  }

  #unmount(mount: number): void {
    const path = this.#served.get(mount)?.guestPath ?? this.#direct.get(mount)
    if (path === undefined) return
    this.#unmounting.set(mount, path)
    this.#drop(mount)
    this.#direct.delete(mount)
    this.#link.send(frame(toGuest.unmount, mount))
  }

  #serve(mount: number, guestPath: string): void {
    const { owners, log, journalDir } = this.#options
    const send = (kind: number, data: Buffer): void => this.#link.send(frame(kind, mount, data))
    const root = this.#wanted.get(guestPath)?.path ?? guestPath
    this.#served.set(mount, new ServedShare({ guestPath, root, hidden: this.#hidden, owners, log, send, journal: { path: journalPath(journalDir, mount), boot: this.#boot } }))
  }

  #drop(mount: number): void {
    this.#served.get(mount)?.[Symbol.dispose]()
    this.#served.delete(mount)
  }

  #onFrame({ kind, mount, data, isReplayed }: Frame): void {
    if (kind === fromGuest.request) this.#onRequest(mount, data, isReplayed)
    else if (kind === fromGuest.eventDone) this.#served.get(mount)?.finishEvent()
    else if (kind === fromGuest.mounted) this.#onMounted(mount, data)
    else if (kind === fromGuest.unmounted) this.#onUnmounted(mount, data)
    else if (kind === fromGuest.settled) this.#options.onSettled?.()
  }

  #onMounted(mount: number, data: Buffer): void {
    const path = this.#mounting.get(mount)
    if (path === undefined || data.length < 4) return
    this.#mounting.delete(mount)
    const error = 0 - data.readInt32LE(0)
    if (!this.#served.has(mount)) return this.#onDirectMounted(mount, path, error)
    if (error !== 0) this.#drop(mount)
    this.#options.onMounted(path, error)
  }

  /** What was wanted may have changed meanwhile. */
  #onDirectMounted(mount: number, path: string, error: number): void {
    const wanted = this.#wanted.get(path)
    if (error === 0) this.#direct.set(mount, path)
    if (error === 0 && wanted?.tag !== undefined) return this.#options.onMounted(path, 0)
    if (error === 0) this.#unmount(mount)
    else this.#serveInstead(path, error)
    if (wanted) this.#mount(path)
  }

  #onUnmounted(mount: number, data: Buffer): void {
    const path = this.#unmounting.get(mount)
    if (path === undefined || data.length < 4) return
    this.#unmounting.delete(mount)
    rmSync(journalPath(this.#options.journalDir, mount), { force: true })
    this.#options.onUnmounted(path, 0 - data.readInt32LE(0))
  }

  #onRequest(mount: number, data: Buffer, isReplayed: boolean): void {
    const request = parseRequest(data, isReplayed)
    if (!request) return
    const served = this.#served.get(mount)
    const settle = (reply: Buffer | number): void => this.#reply(mount, request.unique, reply)
    const reply = served ? served.answer(request, settle) : errno.EIO
    if (reply !== undefined) settle(reply)
  }

  #reply(mount: number, unique: bigint, reply: Buffer | number): void {
    const message = typeof reply === 'number' ? answer(0) : reply
    writeReplyHead(message, { mount, unique, error: typeof reply === 'number' ? reply : 0 })
    this.#link.send(message)
  }

  /** Before the answers leave: the next engine knows what they say, and the host may run what was written. */
  #endTurn(): void {
    for (const served of this.#served.values()) served.endTurn()
    if (this.#resting) this.#resting.refresh()
    else this.#resting = setTimeout(() => this.#rest(), restAfterMs).unref()
  }

  #rest(): void {
    this.#resting = undefined
    for (const served of this.#served.values()) served.rest()
    this.#options.onRest?.()
  }
}

function journalPath(dir: string, mount: number): string {
  return join(dir, `share-${mount}.nodes`)
}
