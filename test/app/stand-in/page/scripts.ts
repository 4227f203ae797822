import { makeCodec } from './codec.ts'
import { isolatedWorld, type IsolatedBoot } from './isolated-world.ts'
import { mainWorld } from './main-world.ts'

/** The script for the page's own world. */
export function mainWorldScript(secret: string): string {
  return `(${String(mainWorld)})(${JSON.stringify(secret)})`
}

/** The script for the isolated world, the preload script's text within it. */
export function isolatedWorldScript(boot: IsolatedBoot, preload: string): string {
  return `(${String(isolatedWorld)})(${JSON.stringify(boot)}, (${String(makeCodec)})(), function (require, module, exports, process) {\n${preload}\n})`
}
