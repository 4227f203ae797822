import { implement } from '@orpc/server'
import { buildContract } from '#contract/build.ts'
import { CoveError } from '#contract/errors.ts'
import type { EngineParts } from '../parts.ts'
import { buildImage, dockerfilesOf } from '../work/build-image.ts'

/** Calls on builds. */
export function buildHandlers(parts: EngineParts) {
  const os = implement(buildContract)
  return {
    start: os.start.handler(({ input }) => parts.tasks.start(buildImage(parts, input))),
    list: os.list.handler(({ input }) => parts.store.builds.list(input.limit)),
    get: os.get.handler(({ input }) => {
      const found = parts.store.builds.get(input.id)
      if (found) return found
      throw new CoveError('build.unknown', { message: `there is no build ${input.id}`, about: { id: input.id }, hint: 'See those there are: cove build list' })
    }),
    files: os.files.handler(({ input }) => dockerfilesOf(input.folder)),
  }
}
