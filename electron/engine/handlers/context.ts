import { implement } from '@orpc/server'
import { contextContract } from '#contract/context.ts'
import { CoveError } from '#contract/errors.ts'
import { bundledDockerCli } from '#base/docker-cli.ts'
import { linkPlugins, unlinkPlugins } from '../context/cli-plugins.ts'
import { removeContext, useContext } from '../context/docker-context.ts'
import type { EngineParts } from '../parts.ts'

/** Calls on the user's docker context `cove`. */
export function contextHandlers({ paths }: EngineParts) {
  const os = implement(contextContract)
  return {
    use: os.use.handler(async ({ input: { dockerConfigDir, plugins } }) => {
      const bundled = plugins ? requireBundled() : undefined
      const result = await useContext(dockerConfigDir, paths.dockerSocket)
      const links = bundled === undefined ? {} : { plugins: await linkPlugins(dockerConfigDir, bundled) }
      return { ...result, ...links }
    }),
    remove: os.remove.handler(async ({ input: { dockerConfigDir } }) => {
      await unlinkPlugins(dockerConfigDir)
      return await removeContext(dockerConfigDir, paths.dockerSocket)
    }),
  }
}

function requireBundled(): string {
  const bundled = bundledDockerCli()
  if (bundled !== undefined) return bundled
  throw new CoveError('context.plugins-missing', { message: 'this Cove brings no docker plug-ins for this system', hint: 'From a checkout: node scripts/fetch-docker-cli.ts' })
}
