import { implement } from '@orpc/server'
import { projectContract } from '#contract/project.ts'
import type { EngineParts } from '../parts.ts'
import { saveProjectLogs } from '../work/move-files.ts'
import { projectLogs } from '../work/project-logs.ts'
import { checkProject, describeFolder, openFolder, readFiles, workOnProject, writeOne, type ProjectWish } from '../work/projects.ts'
import { reachStream } from '../work/reach.ts'
import { list, watch } from './live.ts'
import { watchLatest } from './watch-latest.ts'

const os = implement(projectContract)

/** Calls on Compose projects. */
export function projectHandlers(parts: EngineParts) {
  const begin = (verb: string, wish: ProjectWish, args: readonly (string | false)[]) => parts.tasks.start(workOnProject(parts, verb, { wish, args: args.filter((word) => word !== false) }))
  return {
    list: os.list.handler(({ signal }) => list(parts, 'project', signal)),
    watch: os.watch.handler(({ signal }) => watch(parts, 'project', signal)),
    up: os.up.handler(({ input }) => begin('up', input, ['up', '--detach', input.build && '--build', input.recreate && '--force-recreate', input.removeOrphans && '--remove-orphans'])),
    down: os.down.handler(({ input }) => begin('down', input, ['down', input.volumes && '--volumes', input.removeOrphans && '--remove-orphans'])),
    start: os.start.handler(({ input }) => begin('start', input, ['start'])),
    stop: os.stop.handler(({ input }) => begin('stop', input, ['stop'])),
    restart: os.restart.handler(({ input }) => begin('restart', input, ['restart'])),
    pull: os.pull.handler(({ input }) => begin('pull', input, ['pull'])),
    build: os.build.handler(({ input }) => begin('build', input, ['build', input.noCache && '--no-cache'])),
    logs: os.logs.handler(({ input, signal }) =>
      reachStream(parts, signal, ({ api, session }) => projectLogs({ api, live: session.docker.live, project: input.name, services: input.services }, input)),
    ),
    savelogs: os.savelogs.handler(({ input }) => parts.tasks.start(saveProjectLogs(parts, input))),
    ...fileHandlers(parts),
  }
}

function fileHandlers(parts: EngineParts) {
  const { projectFolders } = parts.store
  const never = new AbortController().signal
  return {
    folders: os.folders.handler(({ signal = never }) => Promise.all(projectFolders.list().map((folder) => describeFolder(parts, folder, signal)))),
    opened: os.opened.handler(({ signal }) => watchLatest(projectFolders, () => projectFolders.list(), signal)),
    open: os.open.handler(async ({ input: { folder }, signal = never }) => {
      const found = await openFolder(parts, folder, signal)
      projectFolders.add(folder)
      return found
    }),
    forget: os.forget.handler(({ input }) => projectFolders.remove(input.folder)),
    check: os.check.handler(({ input: { target, content }, signal = never }) => checkProject(parts, target, { content, signal })),
    read: os.read.handler(({ input }) => readFiles(parts, input.target)),
    write: os.write.handler(({ input: { target, ...file } }) => writeOne(parts, target, file)),
  }
}
