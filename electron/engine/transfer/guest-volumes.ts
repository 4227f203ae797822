import { CoveError } from '#contract/errors.ts'
import type { Tunnel } from '../tunnel/tunnel.ts'

/** Where Docker's own driver keeps volumes in the guest: a folder each, with the contents in `_data`. */
const root = '/var/lib/docker/volumes'
/** Beside the contents, so that it comes and goes with the volume: what they were imported from. */
const marker = '.cove-import'
const former = '.cove-before'
/** Writing out what Docker has just unpacked takes the longest. */
const commandMs = 5 * 60_000

/** The volumes in the guest, reached past Docker for what its API cannot: taking contents over in one step. */
export class GuestVolumes {
  readonly #tunnel: Tunnel

  constructor(tunnel: Tunnel) {
    this.#tunnel = tunnel
  }

  /** What each imported volume was imported from. */
  async origins(): Promise<Map<string, string>> {
    const command = `cd ${root} && grep -H '' */${marker} 2>/dev/null || true`
    // A session that is lost meanwhile is made anew by the tunnel; asking again changes nothing.
    const lines = await this.#run(command).catch(() => this.#run(command))
    return new Map(
      lines.split('\n').flatMap((line) => {
        const [, name, origin] = /^([\w.-]+)\/\.cove-import:(.+)$/.exec(line) ?? []
        return name === undefined || origin === undefined ? [] : [[name, origin] as const]
      }),
    )
  }

  /**
   * Makes one volume's contents those of another: on disk before, then by renaming, so that no moment shows half of them.
   * No running container may have either mounted. What `name` held before is removed.
   */
  async takeOver(name: string, { from, origin }: { from: string; origin: string }): Promise<void> {
    const [to, source] = [safe(name), safe(from)]
    if (!/^[\w.:/-]{1,500}$/.test(origin)) throw new CoveError('internal.bug', { message: `"${origin}" is no origin` })
    const steps = [
      `cd ${root}`,
      'sync',
      `rm -rf ${to}/${former}`,
      `mv ${to}/_data ${to}/${former}`,
      `mv ${source}/_data ${to}/_data`,
      `mkdir ${source}/_data`,
      `echo '${origin}' > ${to}/${marker}`,
      'sync',
      // May take long; whoever comes next removes what is left.
      `(rm -rf ${to}/${former} > /dev/null 2>&1 &)`,
    ]
    await this.#run(steps.join(' && '))
  }

  /** Puts former contents back where a take-over was cut off between its two renames. */
  async mend(name: string): Promise<void> {
    const to = safe(name)
    await this.#run(`cd ${root} && { [ ! -e ${to}/${former} ] || [ -e ${to}/_data ] || mv ${to}/${former} ${to}/_data; rm -rf ${to}/${former}; }`)
  }

  /** A cancelled transfer does not cut these off: they are short, and half of one would have to be mended. */
  #run(command: string): Promise<string> {
    return this.#tunnel.capture(command, AbortSignal.timeout(commandMs))
  }
}

/** A volume's name as a word of the shell. */
function safe(name: string): string {
  if (/^[a-zA-Z0-9][\w.-]*$/.test(name)) return name
  throw new CoveError('internal.bug', { message: `"${name}" is no name of a volume` })
}
