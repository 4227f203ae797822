import { makeCodec } from './codec.ts'
import { isolatedWorld, type IsolatedBoot } from './isolated-world.ts'
import { mainWorld } from './main-world.ts'
import { portWorker } from './port-worker.ts'

/** The script for the page's own world. */
export function mainWorldScript(secret: string): string {
  return `(${String(mainWorld)})(${JSON.stringify(secret)})`
}

/** The script of the worker that holds a port's end. */
export function portWorkerScript(): string {
  return `(${String(portWorker)})((${String(makeCodec)})())`
}

/** The script for the isolated world, the preload script's text within it. */
export function isolatedWorldScript(boot: IsolatedBoot, preload: string): string {
  return `(${String(isolatedWorld)})(${JSON.stringify(boot)}, (${String(makeCodec)})(), function (require, module, exports, process) {\n${preload}\n})`
}
