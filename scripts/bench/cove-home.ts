import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { connectEngine } from '#base/engine-client.ts'
import { type CovePaths, covePaths } from '#base/paths.ts'
import { Status } from '#contract/state.ts'
import { checkout } from '../checkout.ts'
import { untilGone } from './process-end.ts'
import { pingOnce } from './docker-requests.ts'
import { startedAtMs } from './process-start.ts'

const commandLimitMs = 10 * 60_000

/** Moments of one cold start, in milliseconds since `cove start` was executed. */
export interface StartMoments {
  /** The engine took the start up. */
  engine: number
  /** QEMU was executed. */
  qemu: number
  /** The guest told that Docker listens in it. */
  guestReady: number
  /** Docker answered `GET /_ping` on docker.sock. */
  docker: number
  /** The engine's own steps with the milliseconds each took. */
  steps: Status['bootSteps']
}

/** The `cove` command as a user has it, in a COVE_HOME of the benchmark's own. */
export class CoveHome implements AsyncDisposable {
  readonly paths: CovePaths
  readonly #root: string

  private constructor(root: string) {
    this.#root = root
    this.paths = covePaths(join(root, 'h'))
  }

  /** Makes an empty home; its path is short because unix sockets lie in it. */
  static async make(): Promise<CoveHome> {
    const root = await mkdtemp(join(tmpdir(), 'cb-'))
    await mkdir(join(root, 'user'))
    return new CoveHome(root)
  }

  /** The environment of every command of this home. */
  get env(): Record<string, string> {
    const guest = process.env['COVE_GUEST_DIR']
    return {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: join(this.#root, 'user'),
      COVE_HOME: this.paths.home,
      ...(guest === undefined ? {} : { COVE_GUEST_DIR: guest }),
    }
  }

  /** Runs `cove` and gives what it printed. @throws Error with its stderr when it fails. */
  async run(args: readonly string[], input?: Buffer): Promise<string> {
    const { stdout } = await this.spawn(args, input)
    return stdout
  }

  /** Runs `cove` as `run` does, as a process to watch or end. */
  spawn(args: readonly string[], input: Buffer = Buffer.alloc(0)) {
    return execa(join(checkout, 'dist', 'bin', 'cove'), args, { env: this.env, extendEnv: false, timeout: commandLimitMs, input })
  }

  /** The present status. */
  async status(): Promise<Status> {
    return Status.parse(JSON.parse(await this.run(['status', '--json'])))
  }

  /** `cove start --wait` without an engine, up to the first answer on docker.sock. */
  async coldStart(): Promise<StartMoments> {
    const startedAt = Date.now()
    const began = performance.now()
    await this.run(['start', '--wait'])
    await pingOnce(this.paths.dockerSocket)
    const docker = performance.now() - began
    const { vm, bootSteps } = await this.status()
    await using client = await connectEngine({ paths: this.paths })
    const task = (await client.api.history.tasks({ limit: 10 })).find(({ name }) => name === 'start')
    if (!vm || !task) throw new Error('the engine does not remember its start')
    const engine = Date.parse(task.startedAt) - startedAt
    const guestSteps = bootSteps.slice(0, bootSteps.findIndex(({ name }) => name === 'dockerd') + 1)
    const guestReady = guestSteps.reduce((sum, { ms }) => sum + ms, engine)
    return { engine, qemu: (await startedAtMs(vm.pid)) - startedAt, guestReady, docker, steps: bootSteps }
  }

  /** `cove stop` to its end; milliseconds. @throws Error when QEMU is still there. */
  async stop(): Promise<number> {
    const { vm } = await this.status()
    const began = performance.now()
    await this.run(['stop'])
    const ms = performance.now() - began
    if (vm && (await startedAtMs(vm.pid).catch(() => 0)) > 0) throw new Error('QEMU outlived `cove stop`')
    return ms
  }

  /** Stops the vm where one runs, and ends the engine. */
  async endEngine(): Promise<void> {
    const { engine } = await this.status()
    if (!engine) return
    const client = await connectEngine({ paths: this.paths })
    await client.api.engine.shutdown({ keepVm: false }).catch(() => undefined)
    await client[Symbol.asyncDispose]()
    await untilGone(engine.pid, 60_000)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endEngine()
    await rm(this.#root, { recursive: true, force: true })
  }
}
