import { join } from 'node:path'
import { checkout } from '../checkout.ts'

/** Where the fetched docker cli lies: `docker`, and its plug-ins in `cli-plugins/` (for cliPluginsExtraDirs). */
export function dockerCliFolder(arch: string = process.arch): string {
  return join(checkout, 'resources', 'bin', `linux-${arch}`)
}
