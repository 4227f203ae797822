import { remark } from '#contract/remark.ts'
import type { Settings } from '#contract/setting.ts'
import type { Machine } from '../life/machine.ts'
import { findProxy, proxySettings } from '../proxy/find-proxy.ts'
import { daemonOptions, type DaemonOptions } from '../registries/daemon-options.ts'
import type { GuestWishes } from '../registries/guest-docker.ts'
import { hostCertificates } from '../registries/host-certificates.ts'
import { mergeOptions } from '../registries/user-options.ts'
import type { SettingsFile } from '../settings/settings-file.ts'

/** What Docker's options follow from beside the user's own. */
export interface DockerWishesParts {
  settings: SettingsFile
  machine: Pick<Machine, 'setStandingWarnings'>
  /** Settings have changed so that Docker may be to have something else. */
  onChange: () => void
}

/** Always a file: memory saved with a boot file more or less would fit no more. */
const noCertificates = '\n'

/** What the settings and the host want Docker to have. */
export class DockerWishes implements Disposable {
  readonly #parts: DockerWishesParts
  readonly #listening: Disposable
  /** Somebody changed its settings: a proxy that they do not name goes. */
  #isProxyChosen = false

  constructor(parts: DockerWishesParts) {
    this.#parts = parts
    this.#listening = parts.settings.onChange((values, former) => {
      if (JSON.stringify(proxySettings(values)) !== JSON.stringify(proxySettings(former))) this.#isProxyChosen = true
      if (concerned(values) !== concerned(former)) parts.onChange()
    })
  }

  /** With these options of the user's; what of the host's cannot be used is told as a warning. */
  async read(user: DaemonOptions): Promise<GuestWishes> {
    const values = this.#parts.settings.values
    const { pem, problem } = await hostCertificates({ extraFile: values['ca.extraFile'] })
    const found = await findProxy(proxySettings(values))
    this.#parts.machine.setStandingWarnings([...(problem === undefined ? [] : [remark('ca.unused', problem, {})]), ...(found.problem === undefined ? [] : [remark('proxy.unused', found.problem, {})])], 'host')
    const own = daemonOptions({ imageStore: values['docker.imageStore'], insecureRegistries: values['registry.insecure'], proxy: found.proxy })
    return { options: mergeOptions(user, own), certificates: pem === '' ? noCertificates : pem, areForContainers: values['ca.containers'], keepsProxy: !found.isTold && !this.#isProxyChosen }
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]()
  }
}

/** The settings that decide; one text to compare. */
function concerned(values: Settings): string {
  return JSON.stringify([values['docker.imageStore'], values['registry.insecure'], values['ca.extraFile'], values['ca.containers'], proxySettings(values)])
}
