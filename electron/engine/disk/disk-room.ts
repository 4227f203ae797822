import { toCoveError } from '#contract/errors.ts'
import type { Logger } from '#base/log.ts'
import type { DockerEvent } from '../docker/docker-event.ts'
import type { Companion, Session } from '../life/parts.ts'
import type { DiskFile } from '../parts.ts'
import type { Store } from '../store/store.ts'
import { guestUsedBytes } from './guest-disk.ts'

/** How much room there is. */
export type Room = 'enough' | 'nearly-full' | 'full'
/** Whose room: this computer's disk, or the vm's data disk, which may grow no further. */
type Place = 'host' | 'vm'

const gibibyte = 1024 ** 3
/** Fewer free bytes than these are little, or none. */
const limits: Readonly<Record<Place, (capacityBytes: number) => Record<Exclude<Room, 'enough'>, number>>> = {
  host: () => ({ 'nearly-full': 5 * gibibyte, full: gibibyte / 2 }),
  // The guest's file system keeps some of its disk for itself.
  vm: (capacityBytes) => ({ 'nearly-full': capacityBytes / 10, full: capacityBytes / 33 }),
}
/** Room has to be so much more than a limit before it counts as regained. */
const slack = 1.2
/** What the file takes is the most that can lie in it; only near the end the guest is asked what does. */
const askFrom = 0.85
/** How long after something happened in Docker, and how often while containers run, which write without a word. */
const pace = { soonMs: 10_000, whileAliveMs: 60_000 } as const

/** What is watched, and where it is remembered. */
export interface DiskRoomOptions {
  disk: Pick<DiskFile, 'usage'>
  store: Pick<Store, 'addEvent'>
  log: Logger
}

/** How much room so many free bytes are; near a limit it stays what it was. */
export function roomOf(place: Place, { freeBytes, capacityBytes }: { freeBytes: number; capacityBytes: number }, former: Room): Room {
  const least = limits[place](capacityBytes)
  if (freeBytes < least.full * (former === 'full' ? slack : 1)) return 'full'
  return freeBytes < least['nearly-full'] * (former === 'enough' ? 1 : slack) ? 'nearly-full' : 'enough'
}

/** Whether an event may mean that the disk got fuller. */
export function fillsDisk({ type, action }: Pick<DockerEvent, 'type' | 'action'>): boolean {
  if (type === 'container') return ['create', 'start', 'die', 'commit'].includes(action)
  return ['image', 'builder', 'volume'].includes(type)
}

/** Remembers when a disk gets full (`disk.nearly-full`, `disk.full`) and when it has room again (`disk.has-room`); asks nobody while nothing happens. */
export class DiskRoom {
  readonly #options: DiskRoomOptions
  readonly #rooms: Record<Place, Room> = { host: 'enough', vm: 'enough' }

  constructor(options: DiskRoomOptions) {
    this.#options = options
  }

  readonly companion: Companion = {
    name: 'disk-room',
    joinSession: async (session) => {
      const ending = new AbortController()
      const looks = new Looks(async () => {
        await this.#look(session, ending.signal)
        return session.docker.live.alive > 0
      })
      const listening = session.docker.live.on('event', (event) => fillsDisk(event) && looks.plan(pace.soonMs))
      looks.plan(pace.soonMs)
      return {
        [Symbol.asyncDispose]: async () => {
          listening[Symbol.dispose]()
          ending.abort()
          await looks[Symbol.asyncDispose]()
        },
      }
    },
  }

  async #look({ vm, tunnel }: Session, signal: AbortSignal): Promise<void> {
    // What stands still cannot be asked; that it does for want of room is told apart.
    if (vm.pausedBy !== null) return
    try {
      const { capacityBytes, allocatedBytes, hostFreeBytes } = await this.#options.disk.usage()
      if (capacityBytes === 0) return
      this.#note('host', { freeBytes: hostFreeBytes, capacityBytes })
      const usedBytes = allocatedBytes < askFrom * capacityBytes ? allocatedBytes : await guestUsedBytes(tunnel, signal)
      this.#note('vm', { freeBytes: Math.max(0, capacityBytes - usedBytes), capacityBytes })
    } catch (error) {
      this.#options.log.debug('how full the disk is could not be seen now', { why: toCoveError(error).message })
    }
  }

  #note(place: Place, sizes: { freeBytes: number; capacityBytes: number }): void {
    const former = this.#rooms[place]
    const room = roomOf(place, sizes, former)
    if (room === former) return
    this.#rooms[place] = room
    // One that is a little less full than full is no news.
    if (former === 'full' && room === 'nearly-full') return
    this.#options.store.addEvent(room === 'enough' ? 'disk.has-room' : `disk.${room}`, { disk: place, freeBytes: sizes.freeBytes })
  }
}

/** One look at a time, at the earliest of the times planned. */
class Looks implements AsyncDisposable {
  readonly #look: () => Promise<boolean>
  #timer: NodeJS.Timeout | undefined
  #dueAt = Infinity
  #looking = Promise.resolve()
  #isEnded = false

  /** `look` says whether another one is due later. */
  constructor(look: () => Promise<boolean>) {
    this.#look = look
  }

  plan(ms: number): void {
    const at = performance.now() + ms
    if (this.#isEnded || at >= this.#dueAt) return
    this.#dueAt = at
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#dueAt = Infinity
      this.#looking = this.#looking.then(() => this.#look()).then((isAgain) => isAgain && this.plan(pace.whileAliveMs)).then(() => undefined)
    }, ms).unref()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnded = true
    clearTimeout(this.#timer)
    await this.#looking
  }
}
