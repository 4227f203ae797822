import { FileWatch } from '#base/file-watch.ts'
import { type Remark, remark } from '#contract/remark.ts'
import type { Settings } from '#contract/setting.ts'
import type { Machine } from '../life/machine.ts'
import { type FoundProxy, findProxy, proxyFiles, proxySettings } from '../proxy/find-proxy.ts'
import { daemonOptions, type DaemonOptions, proxyVariables } from '../registries/daemon-options.ts'
import type { GuestWishes } from '../registries/guest-docker.ts'
import { certificateFiles, type HostCertificates, hostCertificates } from '../registries/host-certificates.ts'
import { mergeOptions } from '../registries/user-options.ts'
import type { SettingsFile } from '../settings/settings-file.ts'

/** What Docker's options follow from beside the user's own. */
export interface DockerWishesParts {
  settings: SettingsFile
  machine: Pick<Machine, 'setStandingWarnings'>
  /** Settings, or the host while it is watched, have changed so that Docker is to have something else. */
  onChange: () => void
}

/** What the host has that Docker takes over. */
interface HostFacts {
  certificates: HostCertificates
  proxy: FoundProxy
}

/** Always a file: memory saved with a boot file more or less would fit no more. */
const nothing = '\n'
/** Several files change one after another when a system's certificates are made anew. */
const settleMs = 1000

/** What the settings and the host want Docker to have. */
export class DockerWishes implements Disposable {
  readonly #parts: DockerWishesParts
  readonly #listening: Disposable
  #watch: FileWatch | undefined
  /** Somebody changed its settings, or the system named one before: a proxy that nobody names now goes. */
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
    const { certificates, proxy } = await this.#readHost()
    const { pem } = certificates
    this.#parts.machine.setStandingWarnings(remarksOf(certificates, proxy), 'host')
    const own = daemonOptions({ imageStore: values['docker.imageStore'], insecureRegistries: values['registry.insecure'], proxy: proxy.proxy })
    const keepsProxy = !proxy.isTold && !this.#isProxyChosen
    this.#isProxyChosen ||= proxy.isTold
    const lines = proxyVariables(proxy.proxy).map((variable) => `${JSON.stringify(variable)}\n`)
    return {
      options: mergeOptions(user, own),
      certificates: pem === '' ? nothing : pem,
      proxyEnvironment: lines.length === 0 ? nothing : lines.join(''),
      forContainers: { certificates: values['ca.containers'], proxy: values['proxy.containers'] },
      keepsProxy,
    }
  }

  /** Tells changes of the host too, as they happen, until disposed. */
  watchHost(): Disposable {
    let timer: NodeJS.Timeout | undefined
    let known: string | undefined
    const look = async (): Promise<void> => {
      timer = undefined
      const facts = JSON.stringify(await this.#readHost())
      // A desktop keeps much more in the file that its proxy is in.
      if (this.#watch !== watch || facts === known) return
      known = facts
      this.#parts.onChange()
    }
    const watch = new FileWatch(() => void (timer ??= setTimeout(() => void look().catch(this.#parts.onChange), settleMs).unref()))
    this.#watch = watch
    watch.set(this.#files)
    return {
      [Symbol.dispose]: () => {
        this.#watch = undefined
        watch[Symbol.dispose]()
        clearTimeout(timer)
      },
    }
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]()
  }

  get #files(): string[] {
    return [...certificateFiles({ extraFile: this.#parts.settings.values['ca.extraFile'] }), ...proxyFiles()]
  }

  async #readHost(): Promise<HostFacts> {
    // Before it is read, so that no change falls between.
    this.#watch?.set(this.#files)
    const { values } = this.#parts.settings
    const [certificates, proxy] = await Promise.all([hostCertificates({ extraFile: values['ca.extraFile'] }), findProxy(proxySettings(values))])
    return { certificates, proxy }
  }
}

/** What of the host's cannot be used. */
function remarksOf(certificates: HostCertificates, { problem, script }: FoundProxy): Remark[] {
  return [
    ...(certificates.problem === undefined ? [] : [remark('ca.unused', certificates.problem, {})]),
    ...(problem === undefined ? [] : [remark('proxy.unused', problem, {})]),
    ...(script === undefined ? [] : [remark('proxy.script', `This computer finds its proxy by a script (${script}), which Cove does not run: Docker goes without a proxy. Name the one it is to use: cove config set proxy.https http://proxy.example:3128, and proxy.http for registries without TLS.`, { url: script })]),
  ]
}

/** The settings that decide; one text to compare. */
function concerned(values: Settings): string {
  return JSON.stringify([values['docker.imageStore'], values['registry.insecure'], values['ca.extraFile'], values['ca.containers'], values['proxy.containers'], proxySettings(values)])
}
