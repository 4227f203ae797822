import { join } from 'node:path'
import { checkout } from '../checkout.ts'

/** Where the fetched docker cli lies: `docker`, and its plug-ins in `cli-plugins/` (for cliPluginsExtraDirs). */
export function dockerCliFolder(): string {
  return join(checkout, 'resources', 'bin', `linux-${process.arch === 'arm64' ? 'arm64' : 'amd64'}`)
}
