import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Settings } from '#contract/setting.ts'
import { withLimit } from '#base/limit.ts'
import { createLogger, openCappedFile } from '#base/log.ts'
import type { CovePaths } from '#base/paths.ts'
import { DockerActivity } from './activity/docker-activity.ts'
import { DockerOptions, type DockerOptionsParts } from './companions/docker-options.ts'
import { UserDaemonOptions } from './companions/user-daemon-options.ts'
import { openTcpPorts, publishedPorts } from './companions/published-ports.ts'
import { namesCompanion } from './companions/names.ts'
import { createDiskFile } from './disk/disk-file.ts'
import { DiskRoom } from './disk/disk-room.ts'
import { trimAfterRemoval } from './disk/trim-after-removal.ts'
import { createDockerClient } from './docker/docker-client.ts'
import { createRouter } from './handlers/router.ts'
import { standingWarnings } from './handlers/setting.ts'
import { endWhenHomeIsGone } from './home-gone.ts'
import { exitWhenIdle } from './idle-exit.ts'
import { Machine } from './life/machine.ts'
import type { LifeParts } from './life/parts.ts'
import { VmLife } from './life/vm-life.ts'
import { saveMemory } from './memory-saver.ts'
import type { EngineExit, EngineParts } from './parts.ts'
import { OptionsFile } from './registries/options-file.ts'
import { listenEngine } from './server/engine-server.ts'
import { serveShell } from './server/shell-session.ts'
import { Sharing } from './share-life.ts'
import { SettingsFile } from './settings/settings-file.ts'
import { Activity } from './sleep/activity.ts'
import { keepGuestClock } from './sleep/guest-clock.ts'
import { SleepWhenIdle } from './sleep/sleep-when-idle.ts'
import { WakePorts } from './sleep/wake-ports.ts'
import { openStore } from './store/store.ts'
import { Tasks } from './tasks/tasks.ts'
import { Terminals } from './terminals/terminals.ts'
import type { KeptOptions } from './transfer/kept-options.ts'
import { openTransfers } from './transfer/open-transfers.ts'
import { createHostFacts } from './trouble/host-facts.ts'
import { listenDockerSocket } from './tunnel/docker-socket.ts'
import { openTunnel } from './tunnel/open-tunnel.ts'
import { UsageWatch } from './usage/usage-companion.ts'
import { guestImageName, openGuestImage } from './vm/guest-image.ts'
import { openIdentity } from './vm/identity.ts'
import { createQemuDriver } from './vm/qemu-driver.ts'

/** What an engine is opened with. */
export interface EngineOptions {
  paths: CovePaths
  /** Folder of the guest image (manifest.json and its artefacts). */
  guestDir: string
  /** better-sqlite3's .node file when bundled. */
  nativeBinding?: string
  /** What QEMU is to load first (resources/host), where there is such a thing. */
  qemuLibrary?: string | undefined
  /** How long the engine outlives its last user while the vm is off, in ms. */
  idleExitMs: number
  /** Told when the engine wants its process to end. */
  onExit(options: EngineExit): void
}

/** How long whoever started the engine is kept waiting for that; nearly always it takes a few ms. */
const lookupMs = 1000

/** Opens the engine: the one place where its parts meet. Disposing leaves the vm running. */
export async function openEngine(options: EngineOptions): Promise<AsyncDisposable> {
  await using opened = new AsyncDisposableStack()
  const ending = new AbortController()
  const onExit: EngineOptions['onExit'] = (how) => {
    ending.abort()
    // In a later turn, so that the answer to the call that asked for it is on its way.
    setImmediate(options.onExit, how)
  }
  const parts = await openParts(opened, { ...options, onExit })
  await openSockets(opened, parts, { idleExitMs: options.idleExitMs, ending: ending.signal })
  parts.log.info('engine listens', { pid: process.pid, socket: parts.paths.engineSocket })
  const kept = opened.move()
  // Both sockets answer already, but until it is known whether a former engine's vm runs the state would be a guess.
  const lookup = parts.life.attach(AbortSignal.timeout(30_000))
  await withLimit({ what: 'a former vm to be found', ms: lookupMs }, () => lookup).catch(() => parts.log.warn('looking for a former vm takes long'))
  return {
    [Symbol.asyncDispose]: () => {
      ending.abort()
      return kept.disposeAsync()
    },
  }
}

/** What every other part of the engine is given. */
async function openGroundwork(opened: AsyncDisposableStack, { paths, nativeBinding }: EngineOptions) {
  const sink = opened.use(openCappedFile(paths.logs.engine))
  const file = await SettingsFile.open(paths.settingsFile)
  const settings = (): Settings => file.values
  const log = createLogger(sink, () => settings()['log.level'])
  const store = opened.use(openStore({ file: paths.storeFile, log: log.scope('store'), ...(nativeBinding === undefined ? {} : { nativeBinding }) }))
  const machine = new Machine(paths.dockerSocket)
  machine.setStandingWarnings(standingWarnings({ settings: file, store }))
  return { file, settings, log, store, machine }
}

/** Everything behind the sockets. */
async function openParts(opened: AsyncDisposableStack, options: EngineOptions): Promise<EngineParts> {
  const { paths, guestDir, nativeBinding, onExit } = options
  const { file, settings, log, store, machine } = await openGroundwork(opened, options)
  const activity = new Activity()
  const driver = createQemuDriver({ paths, log: log.scope('vm'), library: options.qemuLibrary })
  const disk = createDiskFile(paths, settings)
  const idle = opened.use(new SleepWhenIdle({ settings, onSettings: (listener) => file.onChange(listener), activity, canSave: driver.features.canSave, sleep: () => life.sleep(), log: log.scope('sleep') }))
  const { dockerOptions, daemonOptions, keptOptions } = openDockerOptions(opened, options, { settings: file, machine, activity, log: log.scope('docker-options') })
  const ports = publishedPorts({ settings: file, store, machine, log: log.scope('ports') })
  const sharing = opened.use(new Sharing({ paths, settings: file, nativeBinding, log: log.scope('shares'), warn: (warnings) => machine.setStandingWarnings(warnings, 'shares') }))
  const transfers = openTransfers({ paths, log: log.scope('transfer'), store, settings: file, dockerOptions: keptOptions, activity, session: (signal) => life.awake(signal) })
  const work = openWork({ store, machine, activity, log })
  const lifeParts: LifeParts = {
    paths,
    log: log.scope('life'),
    store,
    driver,
    settings,
    openImage: (signal) => openGuestImage(guestDir, { cacheDir: paths.cacheDir, signal }),
    guestFiles: () => dockerOptions.guestFiles(),
    openIdentity: () => openIdentity(paths, log.scope('keys')),
    virtiofsFolders: () => sharing.virtiofsFolders(),
    openTunnel: (target) => openTunnel({ target, log: log.scope('tunnel') }),
    createDocker: (openSocket) => createDockerClient({ openSocket, log: log.scope('docker') }),
    publishedPorts: () => openTcpPorts(ports),
    companions: [sharing, namesCompanion(settings, log.scope('names')), ports, dockerOptions.companion, idle, keepGuestClock({ store, log: log.scope('clock') }), trimAfterRemoval({ disk, store, activity, log: log.scope('disk') }), transfers.companion, work.terminals.companion, work.usage.companion, new DockerActivity(store).companion, new DiskRoom({ disk, store, log: log.scope('disk') }).companion],
  }
  const life = opened.use(new VmLife(lifeParts, machine))
  opened.use(work.tasks)
  opened.use(new WakePorts({ machine, ports: async () => (await driver.saved())?.note.ports ?? [], wake: () => life.start().then(() => openTcpPorts(ports)), log: log.scope('sleep') }))
  return {
    paths,
    log,
    store,
    settings: file,
    settled: () => dockerOptions.settled(),
    machine,
    life,
    activity,
    disk,
    ports,
    host: createHostFacts({ paths, settings, log: log.scope('doctor') }),
    sharing,
    daemonOptions,
    transfers,
    ...work,
    guestDir,
    exit: onExit,
  }
}

/** Docker's options: those that follow from the settings, and the user's own. */
function openDockerOptions(opened: AsyncDisposableStack, { paths, guestDir }: EngineOptions, parts: Omit<DockerOptionsParts, 'user'>): { dockerOptions: DockerOptions; daemonOptions: UserDaemonOptions; keptOptions: KeptOptions } {
  const user = { file: new OptionsFile(paths.dockerOptionsDir), image: () => guestImageName(guestDir) }
  const dockerOptions = opened.use(new DockerOptions({ ...parts, user }))
  const keptOptions: KeptOptions = {
    text: () => user.file.text(),
    propose: async (text) => {
      await user.file.propose(text)
      dockerOptions.refresh()
    },
  }
  return { dockerOptions, daemonOptions: new UserDaemonOptions({ ...user, docker: dockerOptions }), keptOptions }
}

/** What goes on beyond single calls: long pieces of work, terminals, and what containers use. */
function openWork({ store, machine, activity, log }: Pick<EngineParts, 'store' | 'machine' | 'activity' | 'log'>): { tasks: Tasks; terminals: Terminals; usage: UsageWatch } {
  return { tasks: new Tasks({ store, activity }), terminals: new Terminals(), usage: new UsageWatch({ store, machine, log: log.scope('usage') }) }
}

/** engine.sock, docker.sock, and the end of the process when nobody needs them. */
async function openSockets(opened: AsyncDisposableStack, parts: EngineParts, { idleExitMs, ending }: { idleExitMs: number; ending: AbortSignal }): Promise<void> {
  const { paths, life, machine, log, activity } = parts
  const onShell = (socket: WebSocket): void => {
    const awake = activity.hold()
    void serveShell(socket, async (signal) => (await life.awake(signal)).tunnel).finally(() => awake[Symbol.dispose]())
  }
  const engine = opened.use(await listenEngine({ path: paths.engineSocket, router: createRouter(parts), onShell, ending, log: log.scope('server') }))
  const open = (signal: AbortSignal): Promise<Duplex> => life.openDockerSocket(signal)
  const docker = opened.use(await listenDockerSocket({ path: paths.dockerSocket, open, onConnection: (client) => holdWhileOpen(client, activity), log: log.scope('docker.sock') }))
  const onUsers = (listener: () => void): void => {
    engine.onClients(listener)
    docker.on('busy', listener)
    docker.on('idle', listener)
  }
  if (process.platform !== 'win32') opened.use(endWhenHomeIsGone({ paths, machine, log, stop: () => life.stop(), exit: parts.exit }))
  opened.use(saveMemory({ machine, onUsers }))
  opened.use(
    exitWhenIdle({
      machine,
      users: () => engine.clients + docker.connections,
      onUsers,
      graceMs: idleExitMs,
      exit: () => parts.exit({ keepVm: false }),
    }),
  )
}

/** Clients of docker.sock keep the vm awake. */
function holdWhileOpen(client: Socket, activity: Activity): void {
  const held = activity.hold({ traffic: () => client.bytesRead + client.bytesWritten })
  client.once('close', () => held[Symbol.dispose]())
}
