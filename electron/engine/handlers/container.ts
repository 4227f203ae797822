import { implement } from '@orpc/server'
import { z } from 'zod'
import { containerContract } from '#contract/container.ts'
import { Inspection, detailOf, lossOf } from '../docker/container-detail.ts'
import { containerLogs } from '../docker/container-logs.ts'
import { createBody, ImageDefaults, runWords, shellLine, specOf } from '../docker/container-run.ts'
import { cpuMark, isRunningStats, Stats, usageOf } from '../docker/container-usage.ts'
import { objectPath, query, type DockerApi } from '../docker/docker-api.ts'
import { jsonLines } from '../docker/json-lines.ts'
import type { EngineParts } from '../parts.ts'
import { containerFileHandlers } from './container-files.ts'
import { list, watch } from './live.ts'
import { reach, reachStream } from '../work/reach.ts'
import { runContainer } from '../work/run-container.ts'

const os = implement(containerContract)
/** Streams of what our own model and parsers made, thousands of objects at a time: not checked a second time on the way out. */
const made = os.$config({ initialOutputValidationIndex: Number.NaN })
const Created = z.object({ Id: z.string(), Warnings: z.array(z.string()).nullish() })

/** How long Docker may take to stop a container beyond the time that it was given. */
const stopSilenceMs = 3_700_000

/** Calls on containers. */
export function containerHandlers(parts: EngineParts) {
  return { ...lifeHandlers(parts), ...lookHandlers(parts), ...makeHandlers(parts), ...containerFileHandlers(parts) }
}

function lifeHandlers(parts: EngineParts) {
  const post = (verb: string, { id, signal, ...values }: { id: string; signal: AbortSignal | undefined; values?: Parameters<typeof query>[0] }): Promise<void> =>
    reach(parts, signal, ({ api }) => api.do('POST', `${objectPath('containers', id, verb)}${query(values.values ?? {})}`, { silenceMs: stopSilenceMs }))
  return {
    start: os.start.handler(({ input, signal }) => post('start', { id: input.id, signal })),
    stop: os.stop.handler(({ input, signal }) => post('stop', { id: input.id, signal, values: { t: input.timeoutS } })),
    restart: os.restart.handler(({ input, signal }) => post('restart', { id: input.id, signal, values: { t: input.timeoutS } })),
    pause: os.pause.handler(({ input, signal }) => post('pause', { id: input.id, signal })),
    unpause: os.unpause.handler(({ input, signal }) => post('unpause', { id: input.id, signal })),
    kill: os.kill.handler(({ input, signal }) => post('kill', { id: input.id, signal, values: { signal: input.signal } })),
    rename: os.rename.handler(({ input, signal }) => post('rename', { id: input.id, signal, values: { name: input.name } })),
    remove: os.remove.handler(({ input, signal }) =>
      reach(parts, signal, ({ api }) => api.do('DELETE', `${objectPath('containers', input.id)}${query({ force: input.force, v: input.volumes })}`, { silenceMs: stopSilenceMs })),
    ),
  }
}

function lookHandlers(parts: EngineParts) {
  return {
    list: os.list.handler(({ signal }) => list(parts, 'container', signal)),
    watch: made.watch.handler(({ signal }) => watch(parts, 'container', signal)),
    get: os.get.handler(({ input, signal }) => reach(parts, signal, async ({ api }) => detailOf(await inspect(api, input.id), input.reveal))),
    loss: os.loss.handler(({ input, signal }) => reach(parts, signal, async ({ api }) => lossOf(await inspect(api, input.id, '?size=1')))),
    spec: os.spec.handler(({ input, signal }) =>
      reach(parts, signal, async ({ api }) => {
        const found = await inspect(api, input.id)
        return specOf(found, await api.find(objectPath('images', found.Image, 'json'), ImageDefaults))
      }),
    ),
    logs: made.logs.handler(({ input, signal }) => reachStream(parts, signal, ({ api, session }) => containerLogs({ api, live: session.docker.live, id: input.id }, input))),
    stats: os.stats.handler(({ input, signal }) => reachStream(parts, signal, ({ api }) => usageStream(api, input.id))),
    usage: made.usage.handler(({ signal = new AbortController().signal }) => parts.usage.watch(signal)),
    samples: os.samples.handler(({ input, signal }) => reach(parts, signal, async ({ api }) => parts.store.samples.of((await inspect(api, input.id)).Id))),
  }
}

function makeHandlers(parts: EngineParts) {
  return {
    create: os.create.handler(({ input: { spec }, signal }) =>
      reach(parts, signal, async ({ api }) => {
        const made = await api.ask(`/containers/create${query({ name: spec.name, platform: spec.platform })}`, Created, { json: createBody(spec) })
        return { id: made.Id, warnings: made.Warnings ?? [] }
      }),
    ),
    run: os.run.handler(({ input }) => parts.tasks.start(runContainer(parts, input.spec, input.dockerConfigDir))),
    command: os.command.handler(({ input }) => {
      const words = runWords(input.spec)
      return { words, command: shellLine(words) }
    }),
  }
}

function inspect(api: DockerApi, id: string, asked = ''): Promise<Inspection> {
  return api.get(`${objectPath('containers', id, 'json')}${asked}`, Inspection)
}

/** What a container uses, as Docker tells it every second; nothing of one that does not run. */
async function* usageStream(api: DockerApi, id: string) {
  let former: ReturnType<typeof cpuMark> | undefined
  for await (const line of jsonLines(await api.stream('GET', `${objectPath('containers', id, 'stats')}?stream=1`))) {
    const stats = Stats.safeParse(line).data
    if (!stats || !isRunningStats(stats)) continue
    yield usageOf(stats, former)
    former = cpuMark(stats)
  }
}
