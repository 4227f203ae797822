import { implement } from '@orpc/server'
import { resetContract } from '#contract/reset.ts'
import { unlinkPlugins } from '../context/cli-plugins.ts'
import { removeContext } from '../context/docker-context.ts'
import type { EngineParts } from '../parts.ts'
import { planReset, removeItems } from '../trouble/reset.ts'

/** Calls that delete. */
export function resetHandlers({ paths, life, log, exit }: EngineParts) {
  const os = implement(resetContract)
  return {
    plan: os.plan.handler(({ input }) => planReset(paths, input)),
    apply: os.apply.handler(async ({ input }) => {
      const items = await planReset(paths, input)
      log.info('reset', { scope: input.scope, items: items.map(({ path }) => path) })
      if (input.scope === 'data') {
        await life.whileOff(() => removeItems(items))
        return items
      }
      await life.stop()
      await removeContext(input.dockerConfigDir, paths.dockerSocket)
      await unlinkPlugins(input.dockerConfigDir)
      // The home itself goes as the engine's very last act, after its sockets, log and store are closed.
      exit({ keepVm: false, removeHome: true })
      return items
    }),
  }
}
