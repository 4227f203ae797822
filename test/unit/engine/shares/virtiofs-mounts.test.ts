import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { transientMemory } from '#engine/shares/owner-memory.ts'
import { frame, FrameReader, fromGuest, toGuest } from '#engine/shares/port/frames.ts'
import { type SharedFolder, ShareServer } from '#engine/shares/share-server.ts'
import { silent } from './fake-kernel.ts'

const markOfGuest = Buffer.from([0xc0, 0x5e, ...Buffer.from('cove-gues'), 0xff, 0x01, 0x9d, 0xa7, 0xe4])
const names: Record<number, string> = { [toGuest.mount]: 'mount', [toGuest.mountVirtiofs]: 'mount-virtiofs', [toGuest.unmount]: 'unmount', [toGuest.allMounted]: 'all' }

let dir: string
let folder: string
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'cove-vfs-')))
  folder = join(dir, 'f')
  mkdirSync(folder)
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** The guest's side: writes down what it is told, and answers mounts as it is asked to. */
class Guest implements AsyncDisposable {
  readonly told: string[] = []
  readonly reports: string[] = []
  readonly server: ShareServer
  readonly #listener = createServer()
  #socket: Socket | undefined
  #onTold: () => void = () => undefined

  /** @param refuses error number for mounts by virtiofs. */
  private constructor(options: { folders: SharedFolder[]; present: string; refuses: number }) {
    const path = join(dir, 'p')
    this.#listener.listen(path)
    this.#listener.on('connection', (socket) => this.#serve(socket, options))
    this.server = new ShareServer({
      port: path,
      folders: options.folders,
      hidden: [],
      journalDir: dir,
      owners: transientMemory(),
      log: silent,
      onMounted: (at, errno) => this.#report(`mounted ${at} ${errno}`),
      onUnmounted: (at, errno) => this.#report(`unmounted ${at} ${errno}`),
      onTakenOver: (at, errno) => this.#report(`taken-over ${at} ${errno}`),
    })
  }

  static async met(options: { folders: SharedFolder[]; present?: string; refuses?: number }): Promise<Guest> {
    const guest = new Guest({ present: '', refuses: 0, ...options })
    await once(guest.#listener, 'connection')
    await guest.until(() => guest.told.includes('all'))
    return guest
  }

  /** Waits for something to be told; the test's own time limit bounds it. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => (this.#onTold = resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server[Symbol.dispose]()
    this.#socket?.destroy()
    this.#listener.close()
  }

  #serve(socket: Socket, { present, refuses }: { present: string; refuses: number }): void {
    this.#socket = socket
    const reader = new FrameReader()
    let isMet = false
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      if (!isMet) {
        isMet = true
        const hello = Buffer.concat([Buffer.alloc(44), Buffer.from(present)])
        return void socket.write(Buffer.concat([markOfGuest, chunk.subarray(16, 32), frame(fromGuest.hello, 0, hello)]))
      }
      const frames = reader.push(chunk)
      if (frames === 'broken') throw new Error('no frames')
      for (const { kind, mount, data } of frames) {
        // What a served folder says of itself is no news here.
        if (names[kind] !== undefined) this.told.push([names[kind], ...(kind === toGuest.allMounted ? [] : [mount]), ...data.toString().split('\0').filter(Boolean)].join(' '))
        const result = Buffer.alloc(4)
        if (kind === toGuest.mountVirtiofs) result.writeInt32LE(-refuses)
        if (kind === toGuest.mount || kind === toGuest.mountVirtiofs) socket.write(frame(fromGuest.mounted, mount, result))
        if (kind === toGuest.unmount) socket.write(frame(fromGuest.unmounted, mount, result))
      }
      this.#onTold()
    })
  }

  #report(text: string): void {
    this.reports.push(text)
    this.#onTold()
  }
}

const direct = (): SharedFolder => ({ path: folder, guestPath: folder, tag: 'cove0' })

test('a folder by virtiofs is mounted by its tag, before the guest is told that all are', async () => {
  await using guest = await Guest.met({ folders: [direct(), { path: dir, guestPath: '/other' }] })
  await guest.until(() => guest.reports.length === 2)
  expect(guest.told).toEqual([`mount-virtiofs 0 cove0 ${folder}`, 'mount 1 /other', 'all'])
  expect(guest.reports).toEqual([`mounted ${folder} 0`, 'mounted /other 0'])
  guest.server.remove(direct())
  await guest.until(() => guest.reports.length === 3)
  expect(guest.told.at(-1)).toBe('unmount 0')
  expect(guest.reports.at(-1)).toBe(`unmounted ${folder} 0`)
})

test('what the guest cannot mount by virtiofs is served here', async () => {
  await using guest = await Guest.met({ folders: [direct()], refuses: 19 })
  await guest.until(() => guest.reports.length === 2)
  expect(guest.reports).toEqual([`taken-over ${folder} 19`, `mounted ${folder} 0`])
  expect(guest.told).toEqual([`mount-virtiofs 0 cove0 ${folder}`, 'all', `mount 0 ${folder}`])
})

test('what loses its server is unmounted, then served here', async () => {
  await using guest = await Guest.met({ folders: [direct()] })
  await guest.until(() => guest.reports.length === 1)
  guest.server.takeOver(direct())
  guest.server.takeOver(direct())
  await guest.until(() => guest.reports.length === 4)
  expect(guest.told.slice(2)).toEqual(['unmount 0', `mount 1 ${folder}`])
  expect(guest.reports.slice(1)).toEqual([`taken-over ${folder} 0`, `unmounted ${folder} 0`, `mounted ${folder} 0`])
})

test('an engine that comes later leaves what it finds as it is', async () => {
  await using guest = await Guest.met({ folders: [direct()], present: `3v ${folder}\0` })
  expect(guest.told).toEqual(['all'])
  expect(guest.reports).toEqual([`mounted ${folder} 0`])
})

test('an engine that comes later keeps what a former one took over, and takes over what it finds without a server', async () => {
  await using guest = await Guest.met({ folders: [direct(), { path: dir, guestPath: '/lost' }], present: [`3 ${folder}`, '4v /lost', '5v /unwanted', ''].join('\0') })
  await guest.until(() => guest.reports.length === 5)
  expect(guest.told).toEqual(['unmount 4', 'unmount 5', 'mount 0 /lost', 'all'])
  expect(guest.reports.toSorted()).toEqual([`mounted ${folder} 0`, 'mounted /lost 0', `taken-over ${folder} 0`, 'unmounted /lost 0', 'unmounted /unwanted 0'].toSorted())
})
