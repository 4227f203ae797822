import type { Logger } from '#base/log.ts'
import type { Machine } from '../life/machine.ts'
import { PortsCompanion } from '../ports/ports-companion.ts'
import type { SettingsFile } from '../settings/settings-file.ts'
import type { Store } from '../store/store.ts'

/** Keeps published ports open by the settings' rule; refusals go to history and status. */
export function publishedPorts({ settings, store, machine, log }: { settings: SettingsFile; store: Store; machine: Machine; log: Logger }): PortsCompanion {
  return new PortsCompanion({
    rule: () => settings.values['port.bind'],
    onRule: (listener) => settings.onChange((now, former) => now['port.bind'] !== former['port.bind'] && listener()),
    log,
    remember: (kind, detail) => store.addEvent(kind, detail),
    warn: (warnings) => machine.setStandingWarnings(warnings, 'ports'),
  })
}
