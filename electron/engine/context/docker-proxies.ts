import { readConfig, write } from './docker-context.ts'
import { withInnerEntry } from './json-edit.ts'

/** What docker gives builds and containers as HTTP_PROXY and its kin; docker/cli cli/config/configfile/file.go ProxyConfig. */
export interface DockerProxies {
  httpProxy?: string
  httpsProxy?: string
  noProxy: string
}

/**
 * Sets or removes the proxies that docker uses with one host, and nothing else of its configuration; whether that changed anything.
 * @throws CoveError `context.file-broken`, `file.unwritable`.
 */
export async function setDockerProxies(dockerConfigDir: string, host: string, proxies: DockerProxies | undefined): Promise<boolean> {
  const { path, text } = await readConfig(dockerConfigDir)
  const edited = withInnerEntry(text ?? '{}', ['proxies', host], proxies)
  if (edited === (text ?? '{}')) return false
  await write(path, edited)
  return true
}
