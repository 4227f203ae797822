import { z } from 'zod'
import type { ComposeProblem, ServiceDefinition } from '#contract/project.ts'
import { CoveError } from '#contract/errors.ts'
import { withLimit } from '#base/limit.ts'
import { composeProblems } from './compose-problems.ts'
import { runPlugin } from './plugin-program.ts'

/** A project as Compose is told of it. */
export interface ComposeProject {
  /** Null lets Compose derive it. */
  name: string | null
  folder: string
  /** Absolute paths. */
  files: readonly string[]
  dockerHost: string
  dockerConfigDir: string | null
}

/** How long Compose may take to read files; it runs nothing for that. */
const readMs = 30_000
const maxOutput = 16 * 1024 * 1024

const Config = z.object({
  name: z.string().nullish(),
  services: z
    .record(
      z.string(),
      z.object({
        image: z.string().nullish(),
        build: z.unknown().optional(),
        profiles: z.array(z.string()).nullish(),
        depends_on: z.record(z.string(), z.object({ condition: z.string().default('') })).nullish(),
        ports: z.array(z.object({ target: z.number(), published: z.union([z.string(), z.number()]).nullish(), protocol: z.string().nullish() })).nullish(),
      }),
    )
    .nullish(),
})

/** What Compose makes of files. */
export interface ComposeReading {
  name: string | null
  problems: ComposeProblem[]
  services: ServiceDefinition[]
}

/** Reads a project's files, or `content` in place of the first of them; what is wrong with them is in the answer. */
export async function readProject(project: ComposeProject, text: string, { content, signal }: { content: string | null; signal: AbortSignal }): Promise<ComposeReading> {
  const given = content === null ? project : { ...project, files: ['-', ...project.files.slice(1)] }
  const { exitCode, stdout, stderr } = await ask(given, ['--profile', '*', 'config', '--format', 'json'], { input: content ?? '', signal })
  const problems = composeProblems(stderr, { text: content ?? text, file: project.files[0] ?? null })
  const config = exitCode === 0 ? Config.safeParse(parseJson(stdout)).data : undefined
  if (!config && !problems.some(({ level }) => level === 'error')) problems.push({ level: 'error', message: stderr.trim() || 'Compose cannot read it', line: null, file: project.files[0] ?? null })
  const services = Object.entries(config?.services ?? {}).map(([name, service]): ServiceDefinition => ({
    name,
    image: service.image ?? null,
    hasBuild: service.build !== undefined && service.build !== null,
    profiles: service.profiles ?? [],
    dependsOn: Object.entries(service.depends_on ?? {}).map(([other, { condition }]) => ({ service: other, condition })),
    ports: (service.ports ?? []).map((port) => `${port.published ? `${port.published}:` : ''}${port.target}/${port.protocol ?? 'tcp'}`),
    change: null,
  }))
  return { name: config?.name ?? null, problems, services }
}

/** The hash of each service's definition, which Compose also writes on its containers. */
export async function serviceHashes(project: ComposeProject, { content, signal }: { content: string | null; signal: AbortSignal }): Promise<Map<string, string>> {
  const given = content === null ? project : { ...project, files: ['-', ...project.files.slice(1)] }
  const { stdout } = await ask(given, ['--profile', '*', 'config', '--hash', '*'], { input: content ?? '', signal })
  return new Map(
    stdout.split('\n').flatMap((line) => {
      const [service, hash] = line.trim().split(/\s+/)
      return service !== undefined && hash !== undefined ? [[service, hash] as const] : []
    }),
  )
}

/** Runs a command of Compose, telling what it prints. @throws CoveError `compose.failed` with its last words, or the signal's reason. */
export async function runCompose(project: ComposeProject, args: readonly string[], { onOutput, signal }: { onOutput(text: string): void; signal: AbortSignal }): Promise<void> {
  let last = ''
  const decoders = { out: new TextDecoder(), err: new TextDecoder() }
  const hear = (text: string): void => {
    last = (last + text).slice(-4000)
    onOutput(text)
  }
  const exitCode = await runPlugin({
    plugin: 'docker-compose',
    args: [...projectArgs(project), '--progress', 'plain', ...args],
    cwd: project.folder,
    dockerHost: project.dockerHost,
    dockerConfigDir: project.dockerConfigDir,
    signal,
    onStdout: (chunk) => hear(decoders.out.decode(chunk, { stream: true })),
    onStderr: (chunk) => hear(decoders.err.decode(chunk, { stream: true })),
  })
  if (exitCode !== 0) throw new CoveError('compose.failed', { message: `docker compose ${args[0] ?? ''} ended with ${exitCode}: ${last.trim().split('\n').at(-1)?.slice(0, 500) ?? ''}` })
}

function projectArgs({ name, folder, files }: ComposeProject): string[] {
  return ['--project-directory', folder, ...(name === null ? [] : ['--project-name', name]), ...files.flatMap((file) => ['--file', file])]
}

async function ask(project: ComposeProject, args: readonly string[], { input, signal }: { input: string; signal: AbortSignal }): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[], bytes: 0 }
  const keep = (to: Buffer[]) => (chunk: Buffer): void => {
    if ((output.bytes += chunk.length) <= maxOutput) to.push(chunk)
  }
  const exitCode = await withLimit({ what: 'Compose to read the project', ms: readMs, signal }, (own) =>
    runPlugin({
      plugin: 'docker-compose',
      args: [...projectArgs(project), ...args],
      cwd: project.folder,
      dockerHost: project.dockerHost,
      dockerConfigDir: project.dockerConfigDir,
      input,
      signal: own,
      onStdout: keep(output.stdout),
      onStderr: keep(output.stderr),
    }),
  )
  return { exitCode, stdout: Buffer.concat(output.stdout).toString('utf8'), stderr: Buffer.concat(output.stderr).toString('utf8') }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
