import { z } from 'zod'
import type { BuildFailure } from '#contract/build.ts'
import { inBuildOrder } from '#contract/build-order.ts'
import type { BuildStep } from '#contract/build-step.ts'

const text = z.string().nullish()
/** One line of `--progress rawjson`: BuildKit's SolveStatus. */
const Status = z.object({
  vertexes: z.array(z.object({ digest: z.string(), name: text, started: text, completed: text, cached: z.boolean().nullish(), error: text })).nullish(),
  logs: z.array(z.object({ vertex: z.string(), data: text })).nullish(),
})

/** The end of a step's output that is kept. */
const keptChars = 64 * 1024
const maxSteps = 2000

/** What BuildKit tells of a build, as steps. Everything but what it says is bounded. */
export class BuildProgress {
  readonly #steps = new Map<string, BuildStep>()
  readonly #decoder = new TextDecoder()
  #held = ''
  #other = ''

  get steps(): readonly BuildStep[] {
    return inBuildOrder([...this.#steps.values()])
  }

  /** What was no progress: buildx's own words, where a failure is told with its line. */
  get words(): string {
    return this.#other
  }

  /** Takes a piece of the output; the steps that it changed. */
  push(chunk: Uint8Array): BuildStep[] {
    const lines = (this.#held + this.#decoder.decode(chunk, { stream: true })).split('\n')
    this.#held = (lines.pop() ?? '').slice(-4 * 1024 * 1024)
    const changed = new Set<string>()
    for (const line of lines) this.#line(line, changed)
    return [...changed].flatMap((id) => this.#steps.get(id) ?? [])
  }

  end(): BuildStep[] {
    return this.push(Buffer.from('\n'))
  }

  #line(line: string, changed: Set<string>): void {
    const status = line.startsWith('{') ? Status.safeParse(parseJson(line)).data : undefined
    if (!status) {
      if (line.trim() !== '') this.#other = `${this.#other}${line}\n`.slice(-keptChars)
      return
    }
    for (const { digest, name, started, completed, cached, error } of status.vertexes ?? []) {
      const former = this.#steps.get(digest)
      if (!former && this.#steps.size >= maxSteps) continue
      const step: BuildStep = {
        id: digest,
        name: name || (former?.name ?? ''),
        state: error ? 'failed' : completed ? 'done' : started ? 'running' : (former?.state ?? 'waiting'),
        isCached: cached === true || (former?.isCached ?? false),
        startedAt: iso(started) ?? former?.startedAt ?? null,
        ms: started && completed ? Math.max(0, Date.parse(completed) - Date.parse(started)) : (former?.ms ?? null),
        error: error || (former?.error ?? null),
        log: former?.log ?? '',
      }
      this.#steps.set(digest, step)
      changed.add(digest)
    }
    for (const { vertex, data } of status.logs ?? []) {
      const step = this.#steps.get(vertex)
      if (!step || !data) continue
      this.#steps.set(vertex, { ...step, log: (step.log + Buffer.from(data, 'base64').toString('utf8')).slice(-keptChars) })
      changed.add(vertex)
    }
  }
}

/** Where in its Dockerfile a build failed, as buildx prints it: the place, then the lines around it, the failing ones marked. */
export function buildFailure(words: string): BuildFailure | null {
  const [, file, line] = /^(\S[^\n:]*):(\d{1,7})\n-{3,}/m.exec(words) ?? []
  if (file === undefined || line === undefined) return null
  const excerpt = [...words.matchAll(/^ *(\d{1,7}) \| (>>>)? ?(.*)$/gm)].map(([, number, mark, rest = '']) => ({ line: Number(number), text: mark === undefined ? rest.replace(/^ {3}/, '') : rest.replace(/^ /, ''), isFailing: mark !== undefined }))
  return { file, line: excerpt.find(({ isFailing }) => isFailing)?.line ?? Number(line), excerpt: excerpt.slice(0, 50) }
}

/** How much of a build came from the cache: of the commands of its stages, not their beginnings nor BuildKit's own. */
export function cachedShare(steps: readonly BuildStep[]): { stepCount: number; cachedShare: number } {
  const own = steps.filter(({ name }) => /^\[(?!internal|auth)/.test(name) && !/\] FROM /.test(name))
  return { stepCount: own.length, cachedShare: own.length === 0 ? 0 : own.filter(({ isCached }) => isCached).length / own.length }
}

/** The stages and arguments of a Dockerfile, to choose from. */
export function readDockerfile(content: string): { stages: string[]; args: { name: string; default: string | null }[] } {
  const stages: string[] = []
  const args = new Map<string, string | null>()
  for (const line of content.split('\n')) {
    const [, stage] = /^\s*FROM\s+(?:--\S+\s+)*\S+\s+AS\s+([\w.-]+)/i.exec(line) ?? []
    if (stage !== undefined) stages.push(stage)
    const [, name, value] = /^\s*ARG\s+([A-Za-z_]\w*)(?:=(.*))?$/i.exec(line) ?? []
    if (name !== undefined && !args.has(name)) args.set(name, value?.trim().replaceAll(/^["']|["']$/g, '') ?? null)
  }
  return { stages, args: [...args].map(([name, value]) => ({ name, default: value })) }
}

function iso(time: string | null | undefined): string | null {
  const ms = time ? Date.parse(time) : Number.NaN
  return Number.isNaN(ms) ? null : new Date(ms).toISOString()
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
