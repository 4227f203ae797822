import type { Logger } from '#base/log.ts'
import type { Settings } from '#contract/setting.ts'
import type { Companion } from '../life/parts.ts'
import { HostResolver } from '../names/host-resolver.ts'
import { serveNames } from '../names/names.ts'
import { ownNames } from '../names/own-names.ts'

/** Containers' questions for names, answered as the host would be, or as the settings `dns.*` say now. */
export function namesCompanion(settings: () => Settings, log: Logger): Companion {
  return {
    name: 'names',
    joinVm: (vm, signal) => {
      const resolver = new HostResolver({ own: () => ownNames(settings()) })
      return serveNames({ openPort: (own) => vm.openPort('names', own), setSearchDomains: (domains) => vm.setSearchDomains(domains), resolver, log }, signal)
    },
  }
}
