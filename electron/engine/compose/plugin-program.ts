import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Readable } from 'node:stream'
import { CoveError, toCoveError } from '#contract/errors.ts'
import { bundledDockerCli } from '#base/docker-cli.ts'

/** A plug-in of the docker CLI, which also runs alone. */
export type Plugin = 'docker-compose' | 'docker-buildx'

/** One run of a plug-in. */
export interface PluginRun {
  plugin: Plugin
  args: readonly string[]
  cwd: string
  /** `unix://…` or `npipe://…` */
  dockerHost: string
  /** Where docker's configuration with the logins is; null is the user's own. */
  dockerConfigDir: string | null
  input?: string
  signal: AbortSignal
  onStdout(chunk: Buffer): void
  onStderr(chunk: Buffer): void
}

/** How long it may take to end when it is asked to. */
const graceMs = 10_000

const exe = process.platform === 'win32' ? '.exe' : ''

/** The plug-in that Cove brings. @throws CoveError `compose.missing`. */
export function pluginPath(plugin: Plugin): string {
  const folder = bundledDockerCli()
  const path = folder === undefined ? undefined : join(folder, 'cli-plugins', `${plugin}${exe}`)
  if (path !== undefined && existsSync(path)) return path
  throw new CoveError('compose.missing', { message: `this Cove brings no ${plugin} for this system`, about: { program: plugin }, hint: 'From a checkout: node scripts/fetch-docker-cli.ts' })
}

/** Runs a plug-in to its end; its exit code. Asked to end when the signal fires, and killed when it does not. @throws the signal's reason. */
export async function runPlugin(run: PluginRun): Promise<number> {
  run.signal.throwIfAborted()
  const child = spawn(pluginPath(run.plugin), [...run.args], { cwd: run.cwd, env: environment(run), stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true })
  const stop = (): void => {
    child.kill('SIGINT')
    setTimeout(() => child.kill('SIGKILL'), graceMs).unref()
  }
  child.stdin.on('error', () => undefined).end(run.input ?? '')
  run.signal.addEventListener('abort', stop, { once: true })
  try {
    const ended = once(child, 'close') as Promise<[number | null]>
    await Promise.all([forward(child.stdout, run.onStdout), forward(child.stderr, run.onStderr), ended])
    run.signal.throwIfAborted()
    return (await ended)[0] ?? 1
  } catch (error) {
    run.signal.throwIfAborted()
    throw new CoveError('compose.failed', { message: `${run.plugin} could not be run: ${toCoveError(error).message}`, cause: error })
  } finally {
    run.signal.removeEventListener('abort', stop)
  }
}

async function forward(stream: Readable, to: (chunk: Buffer) => void): Promise<void> {
  for await (const chunk of stream) to(chunk as Buffer)
}

/** The engine's own surroundings, aimed at Cove's Docker. */
function environment({ dockerHost, dockerConfigDir }: PluginRun): NodeJS.ProcessEnv {
  const { DOCKER_CONTEXT: _context, DOCKER_TLS_VERIFY: _tls, DOCKER_CERT_PATH: _certificates, ...own } = process.env
  return {
    ...own,
    DOCKER_HOST: dockerHost,
    ...(dockerConfigDir === null ? {} : { DOCKER_CONFIG: dockerConfigDir }),
    // Where credential helpers lie that the user has no own of.
    PATH: [own['PATH'], bundledDockerCli()].filter(Boolean).join(delimiter),
    COMPOSE_ANSI: 'never',
    COMPOSE_MENU: 'false',
    BUILDX_NO_DEFAULT_ATTESTATIONS: own['BUILDX_NO_DEFAULT_ATTESTATIONS'] ?? '1',
  }
}
