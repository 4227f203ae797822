import { withLimit } from '#base/limit.ts'
import { createLogger, openCappedFile } from '#base/log.ts'
import type { CovePaths } from '#base/paths.ts'
import { createDiskFile } from './disk/disk-file.ts'
import { createDockerClient } from './docker/docker-client.ts'
import { createRouter } from './handlers/router.ts'
import { standingWarnings } from './handlers/setting.ts'
import { exitWhenIdle } from './idle-exit.ts'
import { Machine } from './life/machine.ts'
import { VmLife } from './life/vm-life.ts'
import { saveMemory } from './memory-saver.ts'
import { listenEngine } from './server/engine-server.ts'
import { serveShell } from './server/shell-session.ts'
import { SettingsFile } from './settings/settings-file.ts'
import { openStore } from './store/store.ts'
import { createHostFacts } from './trouble/host-facts.ts'
import { listenDockerSocket } from './tunnel/docker-socket.ts'
import { openTunnel } from './tunnel/open-tunnel.ts'
import { openGuestImage } from './vm/guest-image.ts'
import { openIdentity } from './vm/identity.ts'
import { createQemuDriver } from './vm/qemu-driver.ts'

/** What an engine is opened with. */
export interface EngineOptions {
  paths: CovePaths
  /** Folder of the guest image (manifest.json and its artefacts). */
  guestDir: string
  /** better-sqlite3's .node file when bundled. */
  nativeBinding?: string
  /** How long the engine outlives its last user while the vm is off, in ms. */
  idleExitMs: number
  /** Told when the engine wants its process to end. */
  onExit(options: { keepVm: boolean; removeHome?: boolean }): void
}

/** How long whoever started the engine is kept waiting for that; nearly always it takes a few ms. */
const lookupMs = 1000

/** Opens the engine: the one place where its parts meet. Disposing leaves the vm running. */
export async function openEngine({ paths, guestDir, nativeBinding, idleExitMs, onExit }: EngineOptions): Promise<AsyncDisposable> {
  await using opened = new AsyncDisposableStack()
  const sink = opened.use(openCappedFile(paths.logs.engine))
  const settings = await SettingsFile.open(paths.settingsFile)
  const log = createLogger(sink, () => settings.values['log.level'])
  const store = opened.use(openStore({ file: paths.storeFile, log: log.scope('store'), ...(nativeBinding === undefined ? {} : { nativeBinding }) }))
  const machine = new Machine(paths.dockerSocket)
  machine.setStandingWarnings(standingWarnings({ settings, store }))
  const life = opened.use(
    new VmLife(
      {
        paths,
        log: log.scope('life'),
        store,
        driver: createQemuDriver({ paths, log: log.scope('vm') }),
        settings: () => settings.values,
        openImage: (signal) => openGuestImage(guestDir, { cacheDir: paths.cacheDir, signal }),
        openIdentity: () => openIdentity(paths, log.scope('keys')),
        openTunnel: (target) => openTunnel({ target, log: log.scope('tunnel') }),
        createDocker: (openSocket) => createDockerClient({ openSocket }),
      },
      machine,
    ),
  )
  const router = createRouter({
    paths,
    log,
    store,
    settings,
    machine,
    life,
    disk: createDiskFile(paths, () => settings.values),
    host: createHostFacts({ paths, settings: () => settings.values, log: log.scope('doctor') }),
    guestDir,
    // In a later turn, so that the answer to the call that asked for it is on its way.
    exit: (options) => void setImmediate(onExit, options),
  })
  const server = opened.use(
    await listenEngine({
      path: paths.engineSocket,
      router,
      onShell: (socket) => void serveShell(socket, () => life.session.tunnel),
      log: log.scope('server'),
    }),
  )
  const docker = opened.use(await listenDockerSocket({ path: paths.dockerSocket, open: (signal) => life.openDockerSocket(signal), log: log.scope('docker.sock') }))
  opened.use(
    exitWhenIdle({
      machine,
      users: () => server.clients + docker.connections,
      onUsers: (listener) => {
        server.onClients(listener)
        docker.on('busy', listener)
        docker.on('idle', listener)
      },
      graceMs: idleExitMs,
      exit: () => onExit({ keepVm: false }),
    }),
  )
  opened.use(saveMemory(machine))
  log.info('engine listens', { pid: process.pid, socket: paths.engineSocket })
  const kept = opened.move()
  // Both sockets answer already, but until it is known whether a former engine's vm runs the state would be a guess.
  const lookup = life.attach(AbortSignal.timeout(30_000))
  await withLimit({ what: 'a former vm to be found', ms: lookupMs }, () => lookup).catch(() => log.warn('looking for a former vm takes long'))
  return { [Symbol.asyncDispose]: () => kept.disposeAsync() }
}
