import type { ContainerPort } from './container.ts'

/** One published port as it is shown: `8080:80`. */
export interface PublishedPort {
  text: string
  /** Where a browser finds it; null for what no browser speaks. */
  url: string | null
}

/** What an address looks like: nothing else gets into a link. */
const address = /^[\d.]+$|^[\da-f:]+(%[\w.-]+)?$/i
/** Addresses that mean this very computer. */
const here = new Set(['', '0.0.0.0', '::', '127.0.0.1', '::1'])

/** The published ports of a container, each once although it listens on both IPv4 and IPv6. */
export function publishedPorts(ports: readonly ContainerPort[]): readonly PublishedPort[] {
  const found = new Map<string, PublishedPort>()
  for (const { protocol, containerPort, hostIp, hostPort } of ports) {
    if (hostPort === null) continue
    const host = here.has(hostIp ?? '') ? 'localhost' : hostIp!.includes(':') ? `[${hostIp}]` : hostIp!
    const own = host === 'localhost' ? '' : `${host}:`
    const text = `${own}${hostPort}:${containerPort}${protocol === 'tcp' ? '' : `/${protocol}`}`
    const scheme = containerPort === 443 || containerPort === 8443 ? 'https' : 'http'
    found.set(text, { text, url: protocol === 'tcp' && (host === 'localhost' || address.test(hostIp!)) ? `${scheme}://${host}:${hostPort}` : null })
  }
  return [...found.values()].toSorted((a, b) => Number.parseInt(a.text, 10) - Number.parseInt(b.text, 10))
}
