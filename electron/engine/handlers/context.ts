import { implement } from '@orpc/server'
import { contextContract } from '#contract/context.ts'
import { CoveError } from '#contract/errors.ts'
import { bundledDockerCli } from '#base/docker-cli.ts'
import { dockerHost } from '#base/docker-host.ts'
import { linkPlugins, unlinkPlugins } from '../context/cli-plugins.ts'
import { removeContext, useContext } from '../context/docker-context.ts'
import { type DockerProxies, setDockerProxies } from '../context/docker-proxies.ts'
import type { EngineParts } from '../parts.ts'
import { findProxy, proxySettings } from '../proxy/find-proxy.ts'
import { neverProxied } from '../registries/daemon-options.ts'

/** Calls on the user's docker context `cove`. */
export function contextHandlers({ paths, settings }: EngineParts) {
  const os = implement(contextContract)
  const host = dockerHost(paths.dockerSocket)
  return {
    use: os.use.handler(async ({ input: { dockerConfigDir, plugins } }) => {
      const bundled = plugins ? requireBundled() : undefined
      const result = await useContext(dockerConfigDir, paths.dockerSocket)
      const hasNewProxies = await setDockerProxies(dockerConfigDir, host, await containerProxies(settings))
      const links = bundled === undefined ? {} : { plugins: await linkPlugins(dockerConfigDir, bundled) }
      return { ...result, changed: result.changed || hasNewProxies, ...links }
    }),
    remove: os.remove.handler(async ({ input: { dockerConfigDir } }) => {
      await setDockerProxies(dockerConfigDir, host, undefined)
      await unlinkPlugins(dockerConfigDir)
      return await removeContext(dockerConfigDir, paths.dockerSocket)
    }),
  }
}

/** What builds and containers get of the host's proxy: nothing unless the user wants it, for it may hold a password. */
async function containerProxies({ values }: EngineParts['settings']): Promise<DockerProxies | undefined> {
  if (!values['proxy.containers']) return undefined
  const { http, https, exclude } = (await findProxy(proxySettings(values))).proxy
  if (http === undefined && https === undefined) return undefined
  const noProxy = [...new Set([...neverProxied, ...exclude])].join(',')
  return { ...(http === undefined ? {} : { httpProxy: http }), ...(https === undefined ? {} : { httpsProxy: https }), noProxy }
}

function requireBundled(): string {
  const bundled = bundledDockerCli()
  if (bundled !== undefined) return bundled
  throw new CoveError('context.plugins-missing', { message: 'this Cove brings no docker plug-ins for this system', hint: 'From a checkout: node scripts/fetch-docker-cli.ts' })
}
