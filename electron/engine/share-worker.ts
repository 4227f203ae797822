import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { Logger } from '#base/log.ts'
import { MessageLine } from './shares/port/message-line.ts'
import { type SharedFolder, ShareServer } from './shares/share-server.ts'
import { openShareOwners } from './store/share-owners.ts'

/** What the worker is started with. */
export interface ShareWorkerData {
  /** Where the share port is to be connected to, or who leads it here. */
  port: string | MessagePort
  folders: readonly SharedFolder[]
  hidden: readonly string[]
  journalDir: string
  ownersFile: string
  nativeBinding: string | undefined
}

/** What it is told. */
export type ShareCommand = { type: 'add'; folder: SharedFolder } | { type: 'remove'; folder: SharedFolder } | { type: 'lost'; folder: SharedFolder } | { type: 'end' }

/** What it tells. */
export type ShareReport =
  | { type: 'mounted'; guestPath: string; errno: number }
  | { type: 'unmounted'; guestPath: string; errno: number }
  /** Cove's own server has taken over what virtiofs does not serve. */
  | { type: 'taken-over'; guestPath: string; errno: number }
  | { type: 'settled' }
  | { type: 'log'; level: 'debug' | 'info' | 'warn' | 'error'; message: string; fields: Record<string, unknown> }

/** The file server's thread: files are served synchronously here, which is the fastest, and nobody else waits for it. */
function serve(): void {
  // Nothing reads the stacks of errors that only become error numbers; making them costs more than the operation.
  Error.stackTraceLimit = 0
  const engine = parentPort
  if (!engine) throw new Error('this file is a worker')
  const { port, folders, hidden, journalDir, ownersFile, nativeBinding } = workerData as ShareWorkerData
  const report = (message: ShareReport): void => engine.postMessage(message)
  const log = reportingLog(report)
  const owners = openShareOwners({ file: ownersFile, nativeBinding, log })
  const server = new ShareServer({
    port: typeof port === 'string' ? port : new MessageLine(port),
    folders,
    hidden,
    journalDir,
    owners,
    log,
    onMounted: (guestPath, errno) => report({ type: 'mounted', guestPath, errno }),
    onSettled: () => report({ type: 'settled' }),
    // What serving needed stays in memory otherwise, as long as nothing new is allocated.
    onRest: () => globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' }),
    onTakenOver: (guestPath, errno) => report({ type: 'taken-over', guestPath, errno }),
    onUnmounted: (guestPath, errno) => report({ type: 'unmounted', guestPath, errno }),
  })
  engine.on('message', (command: ShareCommand) => {
    if (command.type === 'add') server.add(command.folder)
    else if (command.type === 'remove') server.remove(command.folder)
    else if (command.type === 'lost') server.takeOver(command.folder)
    else {
      server[Symbol.dispose]()
      owners[Symbol.dispose]()
      engine.close()
    }
  })
}

function reportingLog(report: (message: ShareReport) => void): Logger {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields: Record<string, unknown> = {}): void => {
      const plain = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? value.message : typeof value === 'object' ? JSON.stringify(value) : value]))
      report({ type: 'log', level, message, fields: plain })
    }
  const log: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), scope: () => log }
  return log
}

serve()
