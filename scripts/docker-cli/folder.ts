import { join } from 'node:path'
import { checkout } from '../checkout.ts'

/** The systems Cove ships for: Node's word for the system, Docker's for the processor. */
export const platforms = ['linux-amd64', 'linux-arm64', 'darwin-amd64', 'darwin-arm64', 'win32-amd64', 'win32-arm64'] as const
export type Platform = (typeof platforms)[number]

/** This machine's platform. @throws Error where Cove does not run. */
export function hostPlatform(): Platform {
  const name = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`
  const known = platforms.find((platform) => platform === name)
  if (known === undefined) throw new Error(`Cove does not run on ${name}; it does on ${platforms.join(', ')}.`)
  return known
}

/** Where the fetched docker cli lies: `docker`, and its plug-ins in `cli-plugins/`. */
export function dockerCliFolder(platform: Platform = hostPlatform()): string {
  return join(checkout, 'resources', 'bin', platform)
}
