import { dialog } from 'electron'
import { toCoveError } from '#contract/errors.ts'
import type { ShownProject } from './docker-view.ts'
import type { EngineApi } from './engine-link.ts'
import { shortText } from './menu-text.ts'
import type { Words } from './words.ts'

/** What the tray can do to containers and projects; failures are told, not thrown. */
export interface DockerActions {
  stopContainer(id: string): void
  workOn(project: ShownProject, verb: ProjectVerb): void
}
type ProjectVerb = 'up' | 'stop' | 'down'

/** Who does it, and who is told. */
export interface DockerActionParts {
  api(): EngineApi | undefined
  words(): Words
  dockerConfigDir: string
  onFailure(message: string): void
}

/** Work on containers and projects as menu commands; a project goes down only after its user said so. */
export function dockerActions({ api: present, words, dockerConfigDir, onFailure }: DockerActionParts): DockerActions {
  const tell = (error: unknown): void => {
    const { message, hint } = toCoveError(error)
    onFailure(withHint(message, hint))
  }
  const workOn = async (api: EngineApi, project: ShownProject, verb: ProjectVerb): Promise<void> => {
    if (verb === 'down' && !(await confirmDown(project, words()))) return
    const { task } = await api.project[verb]({ target: project.target, dockerConfigDir })
    for await (const event of await api.task.follow({ task })) {
      if (event.kind === 'end' && event.outcome === 'failed') onFailure(withHint(event.error?.message ?? verb, event.error?.hint ?? undefined))
    }
  }
  return {
    stopContainer: (id) => void present()?.container.stop({ id }).catch(tell),
    workOn: (project, verb) => {
      const api = present()
      if (api) workOn(api, project, verb).catch(tell)
    },
  }
}

async function confirmDown({ name, all }: ShownProject, words: Words): Promise<boolean> {
  const { response } = await dialog.showMessageBox({
    type: 'question',
    message: words('down.message', { name: shortText(name) }),
    detail: words('down.detail', { count: String(all) }),
    buttons: [words('down.cancel'), words('down.confirm')],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  })
  return response === 1
}

function withHint(message: string, hint: string | undefined): string {
  return hint === undefined ? message : `${message}\n\n${hint}`
}
