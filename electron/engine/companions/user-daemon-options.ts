import { CoveError, toCoveError } from '#contract/errors.ts'
import type { DaemonOptions, OptionsProblem } from '#contract/daemon.ts'
import type { OptionsFile } from '../registries/options-file.ts'
import { problemOfDocker, readUserOptions } from '../registries/user-options.ts'
import type { DockerOptions } from './docker-options.ts'

/** What the user's options work with. */
export interface UserDaemonOptionsParts {
  file: OptionsFile
  image: () => Promise<string>
  docker: Pick<DockerOptions, 'refusalOf' | 'enforce' | 'ownOptions'>
}

/** The user's options of Docker: read, checked, put in force, and the former ones put back when Docker does not start. */
export class UserDaemonOptions {
  readonly #parts: UserDaemonOptionsParts
  #queue: Promise<unknown> = Promise.resolve()

  constructor(parts: UserDaemonOptionsParts) {
    this.#parts = parts
  }

  async get(): Promise<DaemonOptions> {
    const { file, docker } = this.#parts
    const [text, former, own] = await Promise.all([file.text(), file.former(), docker.ownOptions()])
    return { text, former, own }
  }

  /** What is wrong with a text; Docker is asked when `isRunning`. */
  async check(text: string, { isRunning, signal }: { isRunning: boolean; signal: AbortSignal }): Promise<{ problems: OptionsProblem[]; isAsked: boolean }> {
    const { options, problems } = readUserOptions(text)
    if (!options || !isRunning) return { problems, isAsked: false }
    const refusal = await this.#parts.docker.refusalOf(options, signal)
    return { problems: refusal === undefined ? [] : [problemOfDocker(text, refusal)], isAsked: true }
  }

  /** Puts options in force; one change at a time. @throws CoveError `daemon.refused`, `vm.not-running`; then nothing has changed. */
  set(text: string, signal: AbortSignal): Promise<DaemonOptions> {
    return this.#alone(() => this.#put(text, signal))
  }

  /** @throws CoveError `daemon.no-former` beside those of set(). */
  undo(signal: AbortSignal): Promise<DaemonOptions> {
    return this.#alone(async () => {
      const former = await this.#parts.file.former()
      if (former === null) throw new CoveError('daemon.no-former', { message: "Docker's options have not been changed, so there are no former ones" })
      return this.#put(former, signal)
    })
  }

  async #put(text: string, signal: AbortSignal): Promise<DaemonOptions> {
    const { file, docker } = this.#parts
    const { problems } = await this.check(text, { isRunning: true, signal })
    if (problems[0]) throw refusedAs(problems[0])
    const [image, present, former] = await Promise.all([this.#parts.image(), file.text(), file.former()])
    if (text === present) return this.get()
    await file.put({ text, former: present, image })
    try {
      await docker.enforce(signal)
    } catch (error) {
      await file.put({ text: present, former, image })
      // Whoever asked may have left: Docker is brought back in any case.
      await docker.enforce(AbortSignal.timeout(backMs))
      signal.throwIfAborted()
      throw new CoveError('daemon.refused', { message: `Docker did not start with these options, so the former ones hold again: ${toCoveError(error).message}`, hint: 'See why: cove logs guest', cause: error })
    }
    return this.get()
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work)
    this.#queue = done.catch(() => undefined)
    return done
  }
}

/** Longer than Docker may take to start. */
const backMs = 180_000

function refusedAs({ line, message }: OptionsProblem): CoveError {
  return new CoveError('daemon.refused', { message: `${line === null ? '' : `line ${line}: `}${message}`, hint: 'Nothing was changed.' })
}
