import { CoveError } from '#contract/errors.ts'
import { ensureEngine } from '#base/engine-process.ts'
import { covePaths } from '#base/paths.ts'

// Reaches the engine as `cove` does, with the given entry if any, prints its pid or why not, and ends by itself.
const [entry] = process.argv.slice(2)
try {
  await using client = await ensureEngine({ paths: covePaths(), ...(entry === undefined ? {} : { entry }) })
  const { engine } = await client.api.engine.status()
  console.log(engine?.pid)
} catch (error) {
  if (!(error instanceof CoveError)) throw error
  console.log(`${error.code}: ${error.message}`)
}
