import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { DevelopmentNote, DevelopmentOrder } from '#contract/development.ts'

/** How the app is started. */
export interface DevAppOptions {
  program: string
  /** The checkout, then what the user added. */
  words: readonly string[]
  env: NodeJS.ProcessEnv
  /** It ended without being asked to. */
  onEnd(how: { code: number | null; wasReady: boolean }): void
}

/** How long the app may take to end before it is killed. */
const endMs = 5000

/** The app as a child, in a process group of its own: Ctrl-C reaches it through us, and nothing of it is left behind. */
export class DevApp implements AsyncDisposable {
  readonly #options: DevAppOptions
  #child: ChildProcess | undefined

  constructor(options: DevAppOptions) {
    this.#options = options
  }

  get isRunning(): boolean {
    return this.#child !== undefined
  }

  start(): void {
    const { program, words, env, onEnd } = this.#options
    const child = spawn(program, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env, detached: process.platform !== 'win32' })
    this.#child = child
    let wasReady = false
    const ended = (code: number | null): void => {
      if (this.#child !== child) return
      this.#child = undefined
      onEnd({ code, wasReady })
    }
    child.on('message', ({ type }: DevelopmentNote) => (wasReady ||= type === 'ready'))
    child.on('exit', ended)
    child.on('error', (error) => {
      console.error(`The app could not be started: ${error.message}`)
      ended(null)
    })
  }

  tell(order: DevelopmentOrder): void {
    // One that is just ending has no use for it.
    this.#child?.send(order, () => undefined)
  }

  /** Asked, then killed with everything it started. */
  async end(): Promise<void> {
    const child = this.#child
    if (!child) return
    this.#child = undefined
    const exited = once(child, 'exit')
    const kill = setTimeout(() => killGroup(child), endMs)
    child.send({ type: 'end' } satisfies DevelopmentOrder, () => undefined)
    await exited
    clearTimeout(kill)
    killGroup(child)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end()
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL')
  } catch {
    // Nobody is left.
  }
}
