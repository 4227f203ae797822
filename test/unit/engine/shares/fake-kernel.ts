import { once } from 'node:events'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from '#base/log.ts'
import { type OwnerMemory, transientMemory } from '#engine/shares/owner-memory.ts'
import { ShareServer } from '#engine/shares/share-server.ts'
import { HeldPort } from './held-port.ts'
import { bigs, type Entry, entryOf, frameOf, type Notice, noticeOf, nul, numbers, type Reply } from './kernel-records.ts'

const markOfHost = Buffer.from([0xc0, 0x5e, ...Buffer.from('cove-host'), 0xff, 0x01, 0x9d, 0xa7, 0xe3])
const markOfGuest = Buffer.from([0xc0, 0x5e, ...Buffer.from('cove-gues'), 0xff, 0x01, 0x9d, 0xa7, 0xe4])
const quiet = (): void => undefined
export const silent: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet, scope: () => silent }

/** Plays the guest's kernel and shuttle against a real server on a real folder. */
export class FakeKernel implements AsyncDisposable {
  readonly root: string
  readonly notices: Notice[] = []
  readonly events: Buffer[] = []
  readonly #dir: string
  readonly #listener = createServer()
  readonly #waiting = new Map<bigint, (reply: Reply) => void>()
  readonly #owners: OwnerMemory
  readonly #hidden: string[]
  readonly #held: HeldPort | undefined
  #socket: Socket | undefined
  #server: ShareServer | undefined
  #input = Buffer.alloc(0)
  #unique = 10n
  #isMounted = false
  #settled = Promise.withResolvers<void>()
  boot = '01234567-89ab-cdef-0123-456789abcdef'
  eventProcess = 77
  /** Whom requests come from. */
  uid = 0
  gid = 0
  pid = 5000
  onNotice: () => void = quiet
  onMeeting: () => void = quiet

  constructor({ hidden = [], owners = transientMemory(), isHeld = false }: { hidden?: string[]; owners?: OwnerMemory; isHeld?: boolean } = {}) {
    this.#held = isHeld ? new HeldPort() : undefined
    this.#dir = realpathSync(mkdtempSync(join(tmpdir(), 'cove-shares-')))
    this.root = join(this.#dir, 'root')
    this.#owners = owners
    this.#hidden = hidden.map((name) => join(this.root, name))
  }

  /** Listens as QEMU does and starts a server, which has to find us. */
  async start(): Promise<void> {
    const path = join(this.#dir, 'p')
    if (!this.#listener.listening) {
      this.#listener.listen(path)
      await once(this.#listener, 'listening')
    }
    const connected = this.#held?.isConnected ? [this.#socket!] : (once(this.#listener, 'connection') as Promise<[Socket]>)
    const mounted = Promise.withResolvers<void>()
    this.#settled = Promise.withResolvers<void>()
    this.#server = new ShareServer({
      port: this.#held?.lead(path) ?? path,
      folders: [{ path: this.root, guestPath: this.root }],
      hidden: this.#hidden,
      journalDir: this.#dir,
      owners: this.#owners,
      log: silent,
      onMounted: () => mounted.resolve(),
      onUnmounted: quiet,
      onSettled: () => this.#settled.resolve(),
    })
    const [socket] = await connected
    this.#socket = socket
    this.#input = Buffer.alloc(0)
    socket.removeAllListeners()
    socket.on('error', quiet)
    socket.on('data', (chunk) => this.#onData(chunk))
    await mounted.promise
  }

  /** The present server was told that the guest has done all that came with their meeting. */
  get settled(): Promise<void> {
    return this.#settled.promise
  }

  /** The engine dies: the kernel and its numbers stay. */
  async killServer(): Promise<void> {
    this.#server?.[Symbol.dispose]()
    if (this.#socket && !this.#socket.destroyed && !this.#held) await once(this.#socket, 'close')
  }

  /** Sends bytes as they are. */
  raw(data: Buffer): void {
    this.#socket?.write(data)
  }

  get isConnected(): boolean {
    return this.#socket?.destroyed === false
  }

  ask(opcode: number, node: number, body: Buffer = Buffer.alloc(0), { isReplayed = false, pid = this.pid } = {}): Promise<Reply> {
    const unique = this.#unique++
    const head = Buffer.alloc(40)
    head.writeUInt32LE(40 + body.length, 0)
    head.writeUInt32LE(opcode, 4)
    head.writeBigUInt64LE(unique, 8)
    head.writeBigUInt64LE(BigInt(node), 16)
    head.writeUInt32LE(this.uid, 24)
    head.writeUInt32LE(this.gid, 28)
    head.writeUInt32LE(pid, 32)
    const reply = new Promise<Reply>((resolve) => this.#waiting.set(unique, resolve))
    this.raw(frameOf(2, Buffer.concat([head, body]), isReplayed ? 1 : 0))
    return reply
  }

  async entry(opcode: number, node: number, body: Buffer): Promise<Entry> {
    const { errno, data } = await this.ask(opcode, node, body)
    if (errno !== 0) throw new KernelError(errno)
    return entryOf(data)
  }

  lookup(parent: number, name: string | Buffer): Promise<Entry> {
    return this.entry(1, parent, nul(name))
  }

  create(parent: number, name: string, mode = 0o100644): Promise<Entry> {
    return this.entry(8, parent, Buffer.concat([numbers(mode, 0, 0, 0), nul(name)]))
  }

  mkdir(parent: number, name: string, mode = 0o755): Promise<Entry> {
    return this.entry(9, parent, Buffer.concat([numbers(mode, 0), nul(name)]))
  }

  async read(node: number, size = 4096, offset = 0): Promise<Buffer> {
    const { errno, data } = await this.ask(15, node, Buffer.concat([bigs(0, offset), numbers(size, 0), bigs(0), numbers(0, 0)]))
    if (errno !== 0) throw new KernelError(errno)
    return data
  }

  write(node: number, data: string, { offset = 0, flags = 0, isReplayed = false } = {}): Promise<Reply> {
    const body = Buffer.concat([bigs(0, offset), numbers(data.length, 0), bigs(0), numbers(flags, 0), Buffer.from(data)])
    return this.ask(16, node, body, { isReplayed })
  }

  /** chmod, chown and truncate as SETATTR. */
  setattr(node: number, change: { mode?: number; uid?: number; gid?: number; size?: number; mtimeNs?: bigint }): Promise<Reply> {
    const body = Buffer.alloc(88)
    const bits = { mode: 1, uid: 2, gid: 4, size: 8, mtimeNs: 32 }
    body.writeUInt32LE(Object.keys(change).reduce((all, key) => all | bits[key as keyof typeof bits], 0), 0)
    body.writeBigUInt64LE(BigInt(change.size ?? 0), 16)
    if (change.mtimeNs !== undefined) {
      body.writeBigInt64LE(change.mtimeNs / 1_000_000_000n, 40)
      body.writeUInt32LE(Number(change.mtimeNs % 1_000_000_000n), 60)
    }
    body.writeUInt32LE(change.mode ?? 0, 68)
    body.writeUInt32LE(change.uid ?? 0, 76)
    body.writeUInt32LE(change.gid ?? 0, 80)
    return this.ask(4, node, body)
  }

  /** Resolves with the first notice that matches, those heard already included. */
  async heard(matches: (notice: Notice) => boolean): Promise<Notice> {
    for (;;) {
      const found = this.notices.find(matches)
      if (found) return found
      await new Promise<void>((resolve) => (this.onNotice = resolve))
    }
  }

  finishEvent(): void {
    this.raw(frameOf(5, Buffer.alloc(4)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server?.[Symbol.dispose]()
    this.#held?.[Symbol.dispose]()
    this.#socket?.destroy()
    this.#listener.close()
    rmSync(this.#dir, { recursive: true, force: true })
  }

  #onData(chunk: Buffer): void {
    this.#input = Buffer.concat([this.#input, chunk])
    for (;;) {
      const at = this.#input.indexOf(markOfHost)
      if (at === 0 && this.#input.length >= 32) {
        this.#meet(this.#input.subarray(16, 32))
        this.#input = this.#input.subarray(32)
        continue
      }
      if (this.#input.length < 8 || at === 0 || this.#input.length < this.#input.readUInt32LE(0)) return
      const length = this.#input.readUInt32LE(0)
      this.#onFrame(this.#input.readUInt8(4), this.#input.subarray(8, length))
      this.#input = this.#input.subarray(length)
    }
  }

  #meet(nonce: Buffer): void {
    const hello = Buffer.alloc(44)
    hello.writeInt32LE(this.eventProcess, 0)
    hello.write(this.boot, 4)
    const mounts = this.#isMounted ? Buffer.from(`0 ${this.root}\0`) : Buffer.alloc(0)
    this.raw(Buffer.concat([Buffer.from('left over from before'), markOfGuest, nonce, frameOf(1, Buffer.concat([hello, mounts]))]))
    this.onMeeting()
  }

  #onFrame(kind: number, data: Buffer): void {
    if (kind === 1) {
      this.#isMounted = true
      this.raw(frameOf(3, Buffer.alloc(4)))
    } else if (kind === 6) {
      this.raw(frameOf(7, Buffer.alloc(4)))
    } else if (kind === 3) {
      const resolve = this.#waiting.get(data.readBigUInt64LE(8))
      this.#waiting.delete(data.readBigUInt64LE(8))
      resolve?.({ errno: 0 - data.readInt32LE(4), data: Buffer.from(data.subarray(16)) })
    } else if (kind === 4 || kind === 5) {
      if (kind === 5) this.events.push(Buffer.from(data))
      this.notices.push(kind === 5 ? { kind: 'event', node: data.readUInt32LE(0), name: data.toString('latin1', 8, data.indexOf(0, 8)) } : noticeOf(data))
      this.onNotice()
    }
  }
}

/** An error number that the kernel was told. */
export class KernelError extends Error {
  readonly errno: number
  constructor(errno: number) {
    super(`errno ${errno}`)
    this.errno = errno
  }
}

/** The error number that a call ended with; 0 when it went well. */
export async function errnoOf(call: Promise<unknown>): Promise<number> {
  try {
    await call
    return 0
  } catch (error) {
    if (error instanceof KernelError) return error.errno
    throw error
  }
}
