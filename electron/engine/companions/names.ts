import type { Logger } from '#base/log.ts'
import type { Companion } from '../life/parts.ts'
import { serveNames } from '../names/names.ts'

/** Containers' questions for names, answered as the host would be. */
export function namesCompanion(log: Logger): Companion {
  return {
    name: 'names',
    joinVm: (vm, signal) => serveNames({ openPort: (own) => vm.openPort('names', own), setSearchDomains: (domains) => vm.setSearchDomains(domains), log }, signal),
  }
}
