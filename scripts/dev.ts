import { once } from 'node:events'
import { join } from 'node:path'
import { build, tellBuildFailure } from './build.ts'
import { checkout } from './checkout.ts'
import { neededOrder, readBuilt, type Built } from './dev/built.ts'
import { DevApp } from './dev/dev-app.ts'
import { findDevProgram } from './dev/program.ts'
import { watchSources } from './dev/watch-sources.ts'

const dist = join(checkout, 'dist')
const watched = ['electron', 'renderer', join('scripts', 'build')].map((folder) => join(checkout, folder))
const said = { restart: 'the app starts again', reload: 'the window is loaded again', styles: 'new styles', end: '' } as const

/** Brings the app up to date with dist/; what it has loaded then. */
async function bring(app: DevApp, loaded: Built): Promise<Built> {
  const next = readBuilt(dist)
  if (!app.isRunning) {
    app.start()
    console.log('dev: the app starts')
    return next
  }
  const order = neededOrder(loaded, next)
  if (!order) return next
  if (order.type === 'restart') {
    await app.end()
    app.start()
  } else app.tell(order)
  console.log(`dev: ${said[order.type]}`)
  return next
}

/** Builds until nothing has changed meanwhile; a build that fails says where and waits for the next change. */
async function buildOnce(): Promise<boolean> {
  try {
    const { built, ms } = await build()
    if (built.length > 0) console.log(`dev: built ${built.join(', ')} in ${ms.toFixed(0)} ms`)
    if (built.includes('engine')) console.log('dev: a running engine stays as it is until it is started again: npm run cove -- stop --engine')
    return true
  } catch (error) {
    tellBuildFailure(error)
    console.log('dev: the build failed; it goes on with the next change')
    return false
  }
}

/** `npm run dev`: builds, opens the app, and keeps it up to date with the sources until Ctrl-C or until it is closed. */
async function main(words: readonly string[]): Promise<void> {
  const ending = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ending.abort())
  const { program, env, about } = await findDevProgram()
  console.log(`dev: ${about}`)
  await using app = new DevApp({
    program,
    words: [checkout, ...words],
    env,
    onEnd: ({ code, wasReady }) => {
      if (wasReady && code === 0) console.log('dev: the app was closed')
      else if (code === 0) console.log('dev: another Cove has this COVE_HOME and was brought to the front; close it first, or set COVE_HOME to another folder')
      else return console.log(`dev: the app ended with exit code ${code}; it starts again with the next change`)
      ending.abort()
    },
  })
  let loaded = readBuilt(dist)
  let work = Promise.resolve()
  const round = (): void => {
    work = work.then(async () => {
      if (!ending.signal.aborted && (await buildOnce()) && !ending.signal.aborted) loaded = await bring(app, loaded)
    })
  }
  using _watching = watchSources(watched, round)
  round()
  if (!ending.signal.aborted) await once(ending.signal, 'abort')
  await work
}

await main(process.argv.slice(2))
// A watcher or a pipe that something left open keeps nobody.
process.exit()
