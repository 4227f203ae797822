import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { coveHome, covePaths, type CovePaths } from '#base/paths.ts'
import { EngineAccess } from './engine-access.ts'
import type { CliIo } from './io.ts'
import { Terminal } from './terminal/terminal.ts'

/** What a command works with: where it prints, and how it reaches the engine. */
export class CommandContext {
  readonly io: CliIo
  /** Results. */
  readonly out: Terminal
  /** Progress, notes and errors. */
  readonly err: Terminal
  readonly engine: EngineAccess
  #paths: CovePaths | undefined

  constructor(io: CliIo) {
    this.io = io
    this.out = new Terminal(io.stdout, io.env, io.platform)
    this.err = new Terminal(io.stderr, io.env, io.platform)
    this.engine = new EngineAccess(this)
  }

  get signal(): AbortSignal {
    return this.io.signal
  }

  /** @throws CoveError `engine.home-unusable` when COVE_HOME is too long. */
  get paths(): CovePaths {
    return (this.#paths ??= covePaths(coveHome(this.io.env), this.io.platform))
  }

  /** The docker CLI's own folder, as docker itself finds it. */
  get dockerConfigDir(): string {
    return resolve(this.io.cwd, this.io.env['DOCKER_CONFIG'] || join(homedir(), '.docker'))
  }

  /** Prints one JSON document, the whole result for a script. */
  json(value: unknown): void {
    this.out.line(JSON.stringify(value, null, 2))
  }
}
