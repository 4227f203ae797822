import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { withLimit } from '#base/limit.ts'
import { relayToThread } from './shares/port/message-line.ts'
import type { SharePort } from './shares/port/share-link.ts'
import type { ShareCommand, ShareWorkerData } from './share-worker.ts'

/** How long the file server's thread may take to end by itself. */
const endLimitMs = 1000

/** The file server needs little: what is large lives in the host's page cache. */
const resourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 2, stackSizeMb: 2 }

/** What the file server is started with; a port that is connected already is led to the thread. */
export type ShareThreadOptions = Omit<ShareWorkerData, 'port'> & { port: SharePort }

/** Begins the file server in a thread of its own, which keeps nobody from ending. */
export function startShareThread({ port, ...rest }: ShareThreadOptions): Worker {
  const relay = typeof port === 'string' ? { end: port } : relayToThread(port)
  const workerData: ShareWorkerData = { ...rest, port: relay.end }
  const worker = new Worker(workerFile(), { name: 'shares', workerData, resourceLimits, transferList: typeof relay.end === 'string' ? [] : [relay.end] })
  worker.unref()
  if (Symbol.dispose in relay) worker.once('exit', () => relay[Symbol.dispose]())
  return worker
}

/** Has the file server end, and ends it when it does not. */
export async function endShareThread(worker: Worker): Promise<void> {
  worker.postMessage({ type: 'end' } satisfies ShareCommand)
  await withLimit({ what: 'the file server to end', ms: endLimitMs }, (signal) => once(worker, 'exit', { signal })).catch(() => worker.terminate())
}

/** The worker beside the bundle, or in the sources. */
function workerFile(): string {
  const bundled = fileURLToPath(new URL('share-worker.mjs', import.meta.url))
  return existsSync(bundled) ? bundled : fileURLToPath(new URL('share-worker.ts', import.meta.url))
}
