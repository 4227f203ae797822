import { mkdirSync } from 'node:fs'
import type { WebSocket } from 'ws'
import { connectEngine, type EngineClient } from '#base/engine-client.ts'
import { silentLogger, type Logger } from '#base/log.ts'
import type { CovePaths } from '#base/paths.ts'
import { remark } from '#contract/remark.ts'
import { DockerActivity } from '#engine/activity/docker-activity.ts'
import { createDockerClient } from '#engine/docker/docker-client.ts'
import { createRouter } from '#engine/handlers/router.ts'
import type { DaemonOptions } from '#engine/registries/daemon-options.ts'
import { OptionsFile } from '#engine/registries/options-file.ts'
import { UserDaemonOptions } from '#engine/companions/user-daemon-options.ts'
import type { EngineParts } from '#engine/parts.ts'
import { listenEngine, type EngineServer, type ServerOptions } from '#engine/server/engine-server.ts'
import { Sharing } from '#engine/share-life.ts'
import { SettingsFile } from '#engine/settings/settings-file.ts'
import { Activity } from '#engine/sleep/activity.ts'
import { openStore } from '#engine/store/store.ts'
import { Tasks } from '#engine/tasks/tasks.ts'
import { Terminals } from '#engine/terminals/terminals.ts'
import { openTransfers } from '#engine/transfer/open-transfers.ts'
import { UsageWatch } from '#engine/usage/usage-companion.ts'
import type { FakeDocker } from '../../fixtures/fake-docker/fake-docker.ts'
import { tempHome } from '../base/temp-dir.ts'
import { FakeParts } from './life/fake-parts.ts'

/** An engine in this process: everything real but the vm, tunnel and docker. */
export interface TestEngine extends AsyncDisposable {
  paths: CovePaths
  /** The fakes, and what became of them. */
  fake: FakeParts
  daemon: FakeDaemon
  parts: EngineParts
  /** What exit() was called with. */
  exits: unknown[]
  server: EngineServer
  connect(): Promise<EngineClient>
}

/** What a test engine is made with. */
export interface TestEngineOptions extends Partial<Pick<ServerOptions, 'onShell' | 'handshakeMs'>> {
  log?: Logger
  /** The Docker that runs in the vm which is none. */
  docker?: Pick<FakeDocker, 'openSocket'>
  /** An empty or former home to use, instead of one for this test alone. */
  home?: CovePaths
  onExit?: () => void
}

/** The Docker of the fake guest as far as its options go. */
export class FakeDaemon {
  /** What it says of options; undefined takes them. */
  refuse: (options: DaemonOptions) => string | undefined = () => undefined
  /** How often it started again. */
  starts = 0
  refusalOf(options: DaemonOptions): Promise<string | undefined> {
    return Promise.resolve(this.refuse(options))
  }
  enforce(): Promise<void> {
    this.starts++
    return Promise.resolve()
  }
  ownOptions(): Promise<DaemonOptions> {
    return Promise.resolve({ 'insecure-registries': [] })
  }
}

/** The parts that handlers work with, without a server. */
export async function testParts(paths: CovePaths, { log = silentLogger, onExit, docker }: TestEngineOptions = {}) {
  mkdirSync(paths.logsDir, { recursive: true, mode: 0o700 })
  const fake = new FakeParts()
  if (docker) fake.openDocker = () => createDockerClient({ openSocket: docker.openSocket, log })
  const store = openStore({ file: paths.storeFile, log })
  const exits: unknown[] = []
  const settings = await SettingsFile.open(paths.settingsFile)
  const activity = new Activity()
  const tasks = new Tasks({ store, activity })
  const usage = new UsageWatch({ store, machine: fake.machine, log })
  fake.companions.push(usage.companion, new DockerActivity(store).companion)
  const daemon = new FakeDaemon()
  const parts: EngineParts = {
    paths,
    log,
    store,
    settings,
    sharing: new Sharing({ paths, settings, nativeBinding: undefined, log, warn: () => undefined }),
    machine: fake.machine,
    life: fake.life,
    activity,
    daemonOptions: new UserDaemonOptions({ file: new OptionsFile(paths.dockerOptionsDir), image: async () => 'image', docker: daemon }),
    disk: {
      usage: async () => ({ capacityBytes: 4, allocatedBytes: 2, hostFreeBytes: 10 ** 12 }),
      requireGrowth: async () => undefined,
      grow: async () => undefined,
    },
    ports: { list: async () => [] },
    host: { qemu: async () => ({ path: '/q', version: '9' }), accelerator: async () => ({ kind: 'tcg', warning: remark('acceleration.missing', 'slow', {}) }), shares: async () => remark('shares.own', 'served', {}) },
    transfers: openTransfers({ paths, log, store, settings, dockerOptions: new OptionsFile(paths.dockerOptionsDir), activity, session: async () => fake.life.session }),
    tasks,
    terminals: new Terminals(),
    usage,
    guestDir: paths.cacheDir,
    settled: async () => undefined,
    exit: (options) => {
      exits.push(options)
      onExit?.()
    },
  }
  const close = async (): Promise<void> => {
    await tasks[Symbol.asyncDispose]()
    await fake.life[Symbol.asyncDispose]()
    store[Symbol.dispose]()
  }
  return { fake, parts, exits, daemon, close }
}

/** Starts a test engine in a home of its own. */
export async function startTestEngine(options: TestEngineOptions = {}): Promise<TestEngine> {
  const home = options.home ? { paths: options.home, [Symbol.asyncDispose]: async () => undefined } : tempHome()
  const { fake, parts, exits, daemon, close } = await testParts(home.paths, options)
  const server = await listenEngine({
    path: home.paths.engineSocket,
    router: createRouter(parts),
    onShell: options.onShell ?? ((socket: WebSocket) => socket.close()),
    log: parts.log,
    ...(options.handshakeMs === undefined ? {} : { handshakeMs: options.handshakeMs }),
  })
  return {
    paths: home.paths,
    fake,
    daemon,
    parts,
    exits,
    server,
    connect: () => connectEngine({ paths: home.paths }),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await close()
      await home[Symbol.asyncDispose]()
    },
  }
}
