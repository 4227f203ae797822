import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Status } from '#contract/state.ts'

const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'cove.mjs')

/** How one command ended. */
export interface Outcome {
  code: number | null
  stdout: string
  stderr: string
  ms: number
}

/** What a command runs with. */
export interface RunOptions {
  input?: string
  env?: NodeJS.ProcessEnv
  cwd?: string
}

/** A throw-away user: a home folder, a COVE_HOME that does not exist yet and a docker configuration of its own. */
export class CoveUser implements AsyncDisposable {
  readonly dir = mkdtempSync(join(tmpdir(), 'cove-cli-'))
  readonly home = join(this.dir, 'cove')
  readonly dockerConfig = join(this.dir, 'docker')
  readonly env: NodeJS.ProcessEnv

  constructor(env: NodeJS.ProcessEnv = {}) {
    mkdirSync(join(this.dir, 'work'))
    const { PATH } = process.env
    this.env = { PATH, LANG: 'C.UTF-8', HOME: this.dir, COVE_HOME: this.home, DOCKER_CONFIG: this.dockerConfig, ...env }
  }

  /** Runs the built cli to its end. */
  async run(args: readonly string[], { input = '', env = {}, cwd = join(this.dir, 'work') }: RunOptions = {}): Promise<Outcome> {
    const startedAt = performance.now()
    const child = spawn(process.execPath, [cli, ...args], { env: { ...this.env, ...env }, cwd })
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
    child.stdin.on('error', () => undefined).end(input)
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, stdout: stdout(), stderr: stderr(), ms: performance.now() - startedAt }
  }

  /** Starts the built cli and leaves it running. */
  spawn(args: readonly string[]): ChildProcessWithoutNullStreams {
    return spawn(process.execPath, [cli, ...args], { env: this.env, cwd: join(this.dir, 'work') })
  }

  /** Runs a line of a shell in which `cove` is the built cli. */
  shell(shell: string, flags: readonly string[], line: string): Outcome {
    const startedAt = performance.now()
    const bin = join(cli, '..', '..', 'bin')
    const result = spawnSync(shell, [...flags, line], { env: { ...this.env, PATH: `${bin}:${this.env['PATH']}` }, cwd: join(this.dir, 'work'), encoding: 'utf8' })
    return { code: result.status, stdout: result.stdout, stderr: result.stderr, ms: performance.now() - startedAt }
  }

  async status(): Promise<Status> {
    return JSON.parse((await this.run(['status', '--json'])).stdout) as Status
  }

  /** Ends the engine, if one was started, and removes every file. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (existsSync(join(this.home, 'engine.sock'))) await this.run(['stop', '--engine'])
    // The engine may still be writing its last log line when its connection is closed.
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
}

/** Whether a program can be run here. */
export function hasProgram(name: string): boolean {
  return spawnSync(name, ['--version']).error === undefined
}

/** Every line of a file that may not exist. */
export function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString()
}
