import { z } from 'zod'
import type { RunSpec } from '#contract/container-run.ts'
import { createBody } from '../docker/container-run.ts'
import { objectPath, query, type DockerApi } from '../docker/docker-api.ts'
import { DockerRefusal } from '../docker/docker-request.ts'
import { reach } from './reach.ts'
import type { EngineParts } from '../parts.ts'
import type { TaskFeed } from '../tasks/task-feed.ts'
import type { TaskWork } from '../tasks/tasks.ts'
import { pullInto } from './pull-push.ts'

const Created = z.object({ Id: z.string(), Warnings: z.array(z.string()).nullish() })

/** Makes and starts a container, its image pulled first where it is missing. One that cannot be started is removed again. */
export function runContainer(parts: EngineParts, spec: RunSpec, dockerConfigDir: string | null): TaskWork {
  return {
    name: 'container.run',
    subject: spec.name ?? spec.image,
    run: (feed, outer) =>
      reach(parts, outer, async ({ api }) => {
        const id = await create(api, spec, () => pullInto(feed, { api, image: spec.image, platform: spec.platform, dockerConfigDir }))
        await start(api, id, feed)
        return { id }
      }),
  }
}

async function create(api: DockerApi, spec: RunSpec, pull: () => Promise<void>): Promise<string> {
  const ask = async (): Promise<string> => (await api.ask(`/containers/create${query({ name: spec.name, platform: spec.platform })}`, Created, { json: createBody(spec) })).Id
  try {
    return await ask()
  } catch (error) {
    // Also a network may be missing; the image is told apart by its word.
    if (!(error instanceof DockerRefusal && error.status === 404 && /image/i.test(error.message))) throw error
    await pull()
    return ask()
  }
}

async function start(api: DockerApi, id: string, feed: TaskFeed): Promise<void> {
  try {
    await api.do('POST', objectPath('containers', id, 'start'))
  } catch (error) {
    // A cancelled start may have been one: that container is left as it is.
    if (error instanceof DockerRefusal) await api.do('DELETE', `${objectPath('containers', id)}?force=1&v=1`).catch(() => feed.write(`The container ${id.slice(0, 12)} was made and could not be started.\n`))
    throw error
  }
}
