import { implement } from '@orpc/server'
import { engineContract } from '#contract/engine.ts'
import type { EngineParts } from '../parts.ts'
import { watchFigures } from '../usage/figures.ts'

/** Calls on the engine's state and the vm's life. */
export function engineHandlers(parts: EngineParts) {
  const { machine, life, exit } = parts
  const os = implement(engineContract)
  return {
    status: os.status.handler(() => machine.status),
    watch: os.watch.handler(({ signal }) => machine.watch(signal)),
    figures: os.figures.handler(({ signal = new AbortController().signal }) => watchFigures(parts, signal)),
    start: os.start.handler(() => life.start()),
    stop: os.stop.handler(() => life.stop()),
    restart: os.restart.handler(() => life.restart()),
    sleep: os.sleep.handler(() => life.sleep()),
    pause: os.pause.handler(async () => {
      await life.session.vm.pause()
      return machine.status
    }),
    resume: os.resume.handler(async () => {
      await life.session.vm.resume()
      return machine.status
    }),
    shutdown: os.shutdown.handler(async ({ input }) => {
      if (!input.keepVm) await life.stop()
      exit(input)
    }),
  }
}
