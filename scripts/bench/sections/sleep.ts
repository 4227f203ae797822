import { stat } from 'node:fs/promises'
import { alternate } from '../alternate.ts'
import { type Bench, type Section, smallImage } from '../bench.ts'
import { pingOnce } from '../docker-requests.ts'
import { type Figure, figure } from '../figure.ts'
import { pause } from '../pause.ts'
import { readUsage } from '../process-usage.ts'
import { dockerOn } from '../reference/reference-vm.ts'
import { coldStartOf } from '../references.ts'

/** One sleep, as its user meets it. Times in ms, sizes in MB. */
interface Night {
  fallAsleep: number
  wake: number
  saved: number
  engine: number
}

/** Sleep and wake against a cold start, and what the computer gets back: memory and disk. */
export const sleep: Section = {
  name: 'sleep',
  async measure(bench: Bench): Promise<Figure[]> {
    const nights: Night[] = []
    const starts: number[] = []
    // A cold start ends what the night before woke.
    const contestants = [async () => void starts.push(await coldStart(bench)), async () => void nights.push(await night(bench))]
    await alternate(contestants, bench.runs)
    return [...nightFigures(nights, starts), ...(await memoryFigures(bench)), ...(await diskFigures(bench))]
  },
}

async function coldStart({ cove, say }: Bench): Promise<number> {
  await cove.endEngine()
  const { docker } = await cove.coldStart()
  say(`cold start in ${(docker / 1000).toFixed(1)} s`)
  return docker
}

/** Long enough for the engine to have collected its garbage. */
const settleMs = 8000

async function night({ cove, say }: Bench): Promise<Night> {
  const began = performance.now()
  await cove.run(['sleep'])
  const fallAsleep = performance.now() - began
  await pause(settleMs)
  const { engine } = await cove.status()
  if (!engine) throw new Error('the engine is gone')
  const { residentMB } = await readUsage(engine.pid)
  const { size } = await stat(cove.paths.savedMemory)
  const asked = performance.now()
  await pingOnce(cove.paths.dockerSocket)
  const wake = performance.now() - asked
  say(`asleep in ${(fallAsleep / 1000).toFixed(1)} s, awake in ${(wake / 1000).toFixed(1)} s`)
  return { fallAsleep, wake, saved: size / 1e6, engine: residentMB }
}

function nightFigures(nights: readonly Night[], starts: readonly number[]): Figure[] {
  const of = (key: keyof Night): number[] => nights.map((one) => one[key])
  return [
    figure({ name: 'sleep.wake', label: 'wake: _ping on docker.sock', unit: 'ms', note: 'connect to docker.sock of a sleeping Cove → answer; reference: `cove start --wait` with no engine running → answer, in turns' }, of('wake'), { [coldStartOf]: starts }),
    figure({ name: 'sleep.fall-asleep', label: 'cove sleep', unit: 'ms' }, of('fallAsleep')),
    figure({ name: 'sleep.saved', label: 'saved memory', unit: 'MB' }, of('saved')),
    figure({ name: 'sleep.engine-rss', label: 'engine RSS, asleep', unit: 'MB' }, of('engine')),
  ]
}

/** What a shell in the guest allocates and frees. */
const gibibyte = 1024 ** 3

/** QEMU's resident memory before, with and after 1 GiB in the guest's tmpfs. */
async function memoryFigures({ cove, say }: Bench): Promise<Figure[]> {
  await cove.run(['start', '--wait'])
  const { vm } = await cove.status()
  if (!vm) throw new Error('no vm runs')
  const resident = async (): Promise<number> => (await readUsage(vm.pid)).residentMB
  const before = await resident()
  await cove.run(['shell', '--', 'sh', '-c', 'mkdir -p /run/bench && mount -t tmpfs -o size=1100m none /run/bench && head -c 1073741824 /dev/zero > /run/bench/fill'])
  const filled = await resident()
  await cove.run(['shell', '--', 'umount', '/run/bench'])
  const freed = performance.now()
  const wanted = filled - 0.95 * (gibibyte / 1e6)
  let after = await resident()
  while (after > wanted && performance.now() - freed < 60_000) {
    await pause(500)
    after = await resident()
  }
  const seconds = (performance.now() - freed) / 1000
  say(`QEMU ${before.toFixed(0)} MB → ${filled.toFixed(0)} MB with 1 GiB more → ${after.toFixed(0)} MB ${seconds.toFixed(1)} s after it was freed`)
  return [
    figure({ name: 'sleep.qemu-rss-before', label: 'QEMU RSS before 1 GiB in the guest', unit: 'MB' }, [before]),
    figure({ name: 'sleep.qemu-rss-filled', label: '  with it', unit: 'MB' }, [filled]),
    figure({ name: 'sleep.qemu-rss-after', label: '  after it was freed', unit: 'MB' }, [after]),
    figure({ name: 'sleep.memory-back', label: '  time to 95 % back (60 s at most)', unit: 's' }, [seconds]),
  ]
}

/** Docker removes a volume of half a gibibyte, and nobody does anything else. */
async function diskFigures({ cove, docker, say }: Bench): Promise<Figure[]> {
  const socket = cove.paths.dockerSocket
  const allocated = async (): Promise<number> => (JSON.parse(await cove.run(['disk', 'usage', '--json'])) as { allocatedBytes: number }).allocatedBytes
  await cove.run(['disk', 'reclaim'])
  const before = await allocated()
  const fill = 'head -c 16777216 /dev/urandom > /tmp/a; for i in $(seq 32); do cat /tmp/a; done > /data/fill; sync'
  await dockerOn(socket, docker, ['run', '--rm', '--pull=never', '-v', 'bench-fill:/data', '--entrypoint=sh', smallImage, '-c', fill])
  const filled = await allocated()
  await dockerOn(socket, docker, ['volume', 'rm', 'bench-fill'])
  const removed = performance.now()
  const share = async (): Promise<number> => (filled - (await allocated())) / (filled - before)
  let returned = await share()
  while (returned < 0.95 && performance.now() - removed < 60_000) {
    await pause(500)
    returned = await share()
  }
  const seconds = (performance.now() - removed) / 1000
  say(`${((filled - before) / 1e6).toFixed(0)} MB removed, ${(returned * 100).toFixed(1)} % back after ${seconds.toFixed(1)} s`)
  return [
    figure({ name: 'sleep.disk-share', label: 'removed bytes back on the host', unit: '×', better: 'higher', note: 'docker volume rm of 537 MB; the file’s blocks, at most 60 s later' }, [returned]),
    figure({ name: 'sleep.disk-back', label: '  time to 95 % back (60 s at most)', unit: 's' }, [seconds]),
  ]
}
