import { implement } from '@orpc/server'
import { containerContract } from '#contract/container.ts'
import { changesOf, listFolder, readFile, writeFile } from '../files/container-files.ts'
import { smallEnough } from '../files/file-content.ts'
import type { EngineParts } from '../parts.ts'
import { download, saveLogs, upload } from '../work/move-files.ts'
import { reach } from '../work/reach.ts'

const os = implement(containerContract)

/** Calls on the files of containers. */
export function containerFileHandlers(parts: EngineParts) {
  return {
    files: os.files.handler(({ input: { id, path }, signal }) => reach(parts, signal, (reached) => listFolder({ ...reached, id }, path))),
    changes: os.changes.handler(({ input: { id }, signal }) => reach(parts, signal, (reached) => changesOf({ ...reached, id }))),
    read: os.read.handler(({ input: { id, path, limitBytes }, signal }) => reach(parts, signal, (reached) => readFile({ ...reached, id }, path, limitBytes))),
    write: os.write.handler(({ input: { id, path, encoding, content }, signal }) =>
      reach(parts, signal, (reached) => writeFile({ ...reached, id }, path, smallEnough(Buffer.from(content, encoding)))),
    ),
    download: os.download.handler(({ input }) => parts.tasks.start(download(parts, input))),
    upload: os.upload.handler(({ input }) => parts.tasks.start(upload(parts, input))),
    savelogs: os.savelogs.handler(({ input }) => parts.tasks.start(saveLogs(parts, input))),
  }
}
