import { basename } from 'node:path'
import type { Container } from '#contract/container.ts'
import type { LiveChange } from '#contract/live.ts'
import type { Project, ProjectTarget } from '#contract/project.ts'
import { publishedPorts } from '#contract/published-ports.ts'

/** A container with living processes, as far as the tray shows it. */
export interface ShownContainer {
  id: string
  name: string
  state: string
  isUnhealthy: boolean
  /** Where a browser finds its published ports. */
  urls: readonly string[]
}

/** A Compose project, or a folder that was opened and has no containers now. */
export interface ShownProject {
  /** What its page in the window is called by. */
  part: string
  name: string
  target: ProjectTarget
  /** Its containers, and how many of them have living processes. */
  all: number
  alive: number
}

/** What the tray shows of Docker. */
export interface DockerView {
  containers: readonly ShownContainer[]
  projects: readonly ShownProject[]
}

const aliveStates: readonly string[] = ['running', 'paused', 'restarting']
const order = new Intl.Collator('en', { numeric: true }).compare

/** The little of containers and projects that the tray shows, kept from the contract's watches. */
export class DockerModel {
  /** Names of all containers by their ids, for links. */
  readonly #names = new Map<string, string>()
  readonly #containers = new Map<string, ShownContainer>()
  readonly #projects = new Map<string, Project>()
  #folders: readonly string[] = []
  #isThere = false

  /** What was last made of it; undefined when something that is shown has changed since. */
  #view: DockerView | null | undefined

  /** Sorted by name; null while Docker is away. The same object until something that is shown changes. */
  get view(): DockerView | null {
    return (this.#view ??= this.#isThere ? this.#makeView() : null)
  }

  /** Whether something that is shown has changed since the view was last asked for. */
  get isChanged(): boolean {
    return this.#view === undefined
  }

  takeContainers(change: LiveChange<Container>): void {
    if (change.kind === 'away') return this.clear()
    if (change.kind === 'all') this.#clearContainers()
    else for (const id of change.removed) this.#forget(id)
    for (const container of change.objects) {
      this.#names.set(container.id, container.name)
      this.#show(container.id, aliveStates.includes(container.state) ? shownContainer(container) : undefined)
    }
    if (!this.#isThere) this.#view = undefined
    this.#isThere = true
  }

  takeProjects(change: LiveChange<Project>): void {
    if (change.kind === 'away') return this.clear()
    if (change.kind === 'all') this.#projects.clear()
    else for (const name of change.removed) this.#projects.delete(name)
    for (const project of change.objects) this.#projects.set(project.name, project)
    this.#view = undefined
  }

  takeFolders(folders: readonly string[]): void {
    this.#folders = folders
    this.#view = undefined
  }

  /** The id of the container with this id, this name or this beginning of its id alone; undefined when there is none. */
  findContainer(word: string): string | undefined {
    if (this.#names.has(word)) return word
    const ids = [...this.#names.keys()]
    const [begun, another] = ids.filter((id) => id.startsWith(word))
    return ids.find((id) => this.#names.get(id) === word) ?? (another === undefined ? begun : undefined)
  }

  /** Nothing is known any more: Docker or the engine is away. */
  clear(): void {
    this.#clearContainers()
    this.#projects.clear()
    this.#isThere = false
  }

  #makeView(): DockerView {
    const folders = new Set([...this.#projects.values()].map(({ workingDir }) => workingDir))
    const projects = [...[...this.#projects.values()].map(shownProject), ...this.#folders.filter((folder) => !folders.has(folder)).map(shownFolder)]
    return { containers: [...this.#containers.values()].toSorted((a, b) => order(a.name, b.name)), projects: projects.toSorted((a, b) => order(a.name, b.name)) }
  }

  #clearContainers(): void {
    this.#names.clear()
    this.#containers.clear()
    this.#view = undefined
  }

  #forget(id: string): void {
    this.#names.delete(id)
    this.#show(id, undefined)
  }

  /** Of most changes (a health check, another network) nothing is seen. */
  #show(id: string, container: ShownContainer | undefined): void {
    if (JSON.stringify(this.#containers.get(id)) === JSON.stringify(container)) return
    if (container) this.#containers.set(id, container)
    else this.#containers.delete(id)
    this.#view = undefined
  }
}

function shownContainer({ id, name, state, health, ports }: Container): ShownContainer {
  return { id, name, state, isUnhealthy: health === 'unhealthy', urls: publishedPorts(ports).flatMap(({ url }) => url ?? []) }
}

function shownProject({ name, services }: Project): ShownProject {
  const states = services.flatMap(({ containers }) => containers.map(({ state }) => state))
  return { part: name, name, target: { name }, all: states.length, alive: states.filter((state) => aliveStates.includes(state)).length }
}

function shownFolder(folder: string): ShownProject {
  return { part: `folder:${folder}`, name: basename(folder), target: { folder }, all: 0, alive: 0 }
}
