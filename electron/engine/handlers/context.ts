import { implement } from '@orpc/server'
import { contextContract } from '#contract/context.ts'
import { dockerHost } from '#base/docker-host.ts'
import { proxySettings } from '../companions/docker-options.ts'
import { removeContext, useContext } from '../context/docker-context.ts'
import { type DockerProxies, setDockerProxies } from '../context/docker-proxies.ts'
import type { EngineParts } from '../parts.ts'
import { findProxy } from '../proxy/find-proxy.ts'
import { neverProxied } from '../registries/daemon-options.ts'

/** Calls on the user's docker context `cove`. */
export function contextHandlers({ paths, settings }: EngineParts) {
  const os = implement(contextContract)
  const host = dockerHost(paths.dockerSocket)
  return {
    use: os.use.handler(async ({ input }) => {
      const result = await useContext(input.dockerConfigDir, paths.dockerSocket)
      const hasNewProxies = await setDockerProxies(input.dockerConfigDir, host, await containerProxies(settings))
      return { ...result, changed: result.changed || hasNewProxies }
    }),
    remove: os.remove.handler(async ({ input }) => {
      await setDockerProxies(input.dockerConfigDir, host, undefined)
      return await removeContext(input.dockerConfigDir, paths.dockerSocket)
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
