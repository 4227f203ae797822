import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import { execa } from 'execa'
import type { Bench, Section } from '../bench.ts'
import { type Figure, figure } from '../figure.ts'
import { imageStream } from '../image-stream.ts'
import { percentile } from '../statistics.ts'
import { pause } from '../pause.ts'

const bareNode = 'node -e 0'
const dockerClient = 'docker --version'
const loadedImage = 'cove-bench/large:latest'

/** Milliseconds of whole processes: `cove status`, and two that do nothing. */
interface Times {
  cove: number[]
  node: number[]
  docker: number[]
}

/** How soon `cove status` answers, as a whole process: while nothing happens, and while a large image is loaded. */
export const status: Section = {
  name: 'status',
  async measure(bench: Bench): Promise<Figure[]> {
    await bench.cove.run(['start', '--wait'])
    const idle = await measureTimes(bench, ({ cove }) => cove.length < (bench.isQuick ? 8 : 30))
    const { times, loadSeconds, mebibytes, isWhole } = await measureLoaded(bench)
    const load = `${isWhole ? `docker load of ${mebibytes} MiB, ${loadSeconds.toFixed(0)} s` : `the first ${loadSeconds.toFixed(0)} s of a docker load of ${mebibytes} MiB`}`
    return [
      ...figuresOf({ name: 'status.idle', label: 'cove status' }, idle),
      ...figuresOf({ name: 'status.loaded', label: 'cove status under load', note: `during ${load}` }, times),
    ]
  },
}

function figuresOf({ name, label, note = '' }: { name: string; label: string; note?: string }, { cove, node, docker }: Times): Figure[] {
  const p95 = (values: number[]): number[] => [percentile(values, 0.95)]
  const others = { [bareNode]: node, [dockerClient]: docker }
  const worst = { [bareNode]: p95(node), [dockerClient]: p95(docker) }
  return [figure({ name, label, unit: 'ms', note }, cove, others), figure({ name: `${name}-p95`, label: `${label}, p95`, unit: 'ms', note }, p95(cove), worst)]
}

async function measureTimes({ cove, docker }: Bench, goesOn: (times: Times) => boolean): Promise<Times> {
  const times: Times = { cove: [], node: [], docker: [] }
  while (goesOn(times)) {
    times.cove.push(await timed(() => cove.run(['status', '--json'])))
    times.node.push(await timed(() => execa(process.execPath, ['-e', '0'])))
    times.docker.push(await timed(() => execa(docker, ['--version'])))
    await pause(200)
  }
  return times
}

async function timed(work: () => PromiseLike<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

interface Loaded {
  times: Times
  loadSeconds: number
  mebibytes: number
  /** Whether the image was loaded to its end. */
  isWhole: boolean
}

async function measureLoaded(bench: Bench): Promise<Loaded> {
  const [mebibytes, limitMs] = bench.isQuick ? [256, 30_000] : [1024, 180_000]
  bench.say(`docker load of ${mebibytes} MiB, at most ${limitMs / 1000} s of it`)
  const image = await imageStream(loadedImage, mebibytes)
  const host = `unix://${bench.cove.paths.dockerSocket}`
  const load = spawn(bench.docker, ['-H', host, 'load', '-q'], { env: bench.cove.env, stdio: ['pipe', 'ignore', 'pipe'] })
  let complaints = ''
  load.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
  const ended = once(load, 'close')
  const began = performance.now()
  const sending = pipeline(image, load.stdin).catch(() => undefined)
  const times = await measureTimes(bench, () => load.exitCode === null && performance.now() - began < limitMs)
  const isWhole = load.exitCode !== null
  const loadSeconds = (performance.now() - began) / 1000
  if (!isWhole) load.kill()
  await Promise.all([ended, sending])
  if (isWhole && load.exitCode !== 0) throw new Error(`docker load ended with ${load.exitCode}: ${complaints}`)
  if (isWhole) await execa(bench.docker, ['-H', host, 'rmi', loadedImage])
  return { times, loadSeconds, mebibytes, isWhole }
}
