import type { Logger } from '#base/log.ts'
import type { Machine } from '../life/machine.ts'
import { PortsCompanion } from '../ports/ports-companion.ts'
import type { SettingsFile } from '../settings/settings-file.ts'
import type { Store } from '../store/store.ts'
import type { SavedNote } from '../vm/driver.ts'

const followed = ['port.bind', 'port.guestListeners'] as const

/** Keeps published ports open by the settings' rule; refusals go to history and status. */
export function publishedPorts({ settings, store, machine, log }: { settings: SettingsFile; store: Store; machine: Machine; log: Logger }): PortsCompanion {
  return new PortsCompanion({
    rule: () => settings.values['port.bind'],
    withListeners: () => settings.values['port.guestListeners'],
    onRule: (listener) => settings.onChange((now, former) => followed.some((name) => now[name] !== former[name]) && listener()),
    log,
    remember: (kind, detail) => store.addEvent(kind, detail),
    warn: (warnings) => machine.setStandingWarnings(warnings, 'ports'),
  })
}

/** The published ports that a first connection can be made to. */
export async function openTcpPorts(ports: PortsCompanion): Promise<SavedNote['ports']> {
  const open = (await ports.list()).filter(({ binding, problem }) => binding.protocol === 'tcp' && problem === undefined)
  return open.map(({ binding: { hostAddress, hostPort } }) => ({ hostAddress, hostPort }))
}
