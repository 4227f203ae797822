import type { Project, ProjectFolder, ProjectTarget } from '#contract/project.ts'

/** One line of the list: a project that has containers, or a folder that was opened. */
export interface ProjectRow {
  /** What its page is called by. */
  key: string
  name: string
  folder: string
  target: ProjectTarget
  /** Null while it has no containers. */
  project: Project | null
  /** Why a folder is of no use now. */
  problem: string | null
}

/** What tells a folder's page from a project's. */
const folderPrefix = 'folder:'

/** The projects, and the opened folders that none of them came from. */
export function projectRows(projects: readonly Project[], folders: readonly ProjectFolder[]): readonly ProjectRow[] {
  const running = projects.map((project): ProjectRow => ({ key: project.name, name: project.name, folder: project.workingDir, target: { name: project.name }, project, problem: null }))
  const known = new Set(projects.flatMap(({ name, workingDir }) => [name, workingDir]))
  const opened = folders.filter(({ folder, name }) => !known.has(folder) && !(name !== null && known.has(name)))
  return [...running, ...opened.map((folder): ProjectRow => ({ key: folderPrefix + folder.folder, name: folder.name ?? folder.folder, folder: folder.folder, target: { folder: folder.folder }, project: null, problem: folder.problem }))].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** The row that a page is called by; one that got containers has another key. */
export function findRow(rows: readonly ProjectRow[], key: string): ProjectRow | undefined {
  return rows.find((row) => row.key === key) ?? rows.find(({ folder }) => folderPrefix + folder === key)
}

/** The services with those that others wait for first, each with how far it is from the first ones. */
export function serviceLevels(services: readonly { name: string; dependsOn: readonly { service: string }[] }[]): ReadonlyMap<string, number> {
  const byName = new Map(services.map((service) => [service.name, service]))
  const levels = new Map<string, number>()
  const levelOf = (name: string, way: readonly string[]): number => {
    const known = levels.get(name)
    if (known !== undefined) return known
    // A ring is an error of the file, which its check says.
    const next = way.includes(name) ? [] : (byName.get(name)?.dependsOn ?? [])
    const level = Math.max(0, ...next.filter(({ service }) => byName.has(service)).map(({ service }) => levelOf(service, [...way, name]) + 1))
    levels.set(name, level)
    return level
  }
  for (const { name } of services) levelOf(name, [])
  return levels
}
