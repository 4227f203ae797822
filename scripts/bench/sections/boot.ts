import { dockerOn, startReference, type ReferenceMoments } from '../reference/reference-vm.ts'
import { alternate } from '../alternate.ts'
import { type Bench, type Section, smallImage, smallImageFile } from '../bench.ts'
import type { StartMoments } from '../cove-home.ts'
import { type Figure, figure } from '../figure.ts'
import { conventionalGuest } from '../references.ts'

/** What one boot of either guest gives, in milliseconds. */
interface Boot<Moments> {
  start: Moments
  /** The first container after the start, and one more. */
  containers: [number, number]
  stop: number
}

/** Start, first container and stop of both guests, each from nothing running to nothing running; neither boot is a first one. */
export const boot: Section = {
  name: 'boot',
  async measure(bench: Bench): Promise<Figure[]> {
    await bench.reference()
    await bench.cove.endEngine()
    const ours: Boot<StartMoments>[] = []
    const theirs: Boot<ReferenceMoments>[] = []
    const contestants = [async () => void ours.push(await bootCove(bench)), async () => void theirs.push(await bootReference(bench))]
    await alternate(contestants, bench.runs)
    return [...startFigures(ours, theirs), ...stepFigures(ours.map(({ start }) => start)), ...afterFigures(ours, theirs)]
  },
}

async function bootCove(bench: Bench): Promise<Boot<StartMoments>> {
  const start = await bench.cove.coldStart()
  bench.say(`Cove started in ${(start.docker / 1000).toFixed(1)} s`)
  const containers = await runContainers(bench, bench.cove.paths.dockerSocket)
  const stop = await bench.cove.stop()
  await bench.cove.endEngine()
  return { start, containers, stop }
}

async function bootReference(bench: Bench): Promise<Boot<ReferenceMoments>> {
  const { disk, key } = await bench.reference()
  await using reference = await startReference({ disk, key, machine: bench.machine })
  bench.say(`the conventional guest started in ${(reference.moments.docker / 1000).toFixed(1)} s`)
  const images = await dockerOn(reference.dockerSocket, bench.docker, ['images', '-q', smallImage])
  if (images === '') await dockerOn(reference.dockerSocket, bench.docker, ['load', '-q', '-i', smallImageFile(bench.folder)])
  const containers = await runContainers(bench, reference.dockerSocket)
  return { start: reference.moments, containers, stop: await reference.stop() }
}

async function runContainers(bench: Bench, socket: string): Promise<[number, number]> {
  const run = async (): Promise<number> => {
    const began = performance.now()
    await dockerOn(socket, bench.docker, ['run', '--rm', '--pull=never', '--entrypoint=true', smallImage])
    return performance.now() - began
  }
  return [await run(), await run()]
}

function startFigures(ours: readonly Boot<StartMoments>[], theirs: readonly Boot<ReferenceMoments>[]): Figure[] {
  const coldStart = figure(
    { name: 'boot.cold-start', label: 'cold start to _ping', unit: 'ms', note: '`cove start --wait` executed with no engine running → _ping answers on docker.sock; reference: QEMU executed → _ping answers through ssh -L, connected the moment its sshd listens' },
    ours.map(({ start }) => start.docker),
    { [conventionalGuest]: theirs.map(({ start }) => start.docker) },
  )
  const hostAdds = figure(
    { name: 'boot.host-adds', label: 'host adds: all / guest’s own', unit: '×', note: 'the whole cold start divided by (QEMU executed → the guest told that Docker listens in it, firmware included)' },
    ours.map(({ start }) => start.docker / (start.guestReady - start.qemu)),
  )
  const guest = figure({ name: 'boot.guest', label: '  guest’s own: QEMU to dockerd', unit: 'ms' }, ours.map(({ start }) => start.guestReady - start.qemu))
  const sshd = figure({ name: 'boot.sshd', label: '  QEMU to sshd', unit: 'ms' }, ours.map(({ start }) => endOf(start, 'sshd') - start.qemu), {
    [conventionalGuest]: theirs.map(({ start }) => start.sshd),
  })
  return [coldStart, hostAdds, guest, sshd]
}

/** When one of the engine's steps had ended, in milliseconds since `cove start` was executed. */
function endOf({ steps, engine }: StartMoments, name: string): number {
  const until = steps.slice(0, steps.findIndex((step) => step.name === name) + 1)
  return until.reduce((sum, { ms }) => sum + ms, engine)
}

/** One figure for each step of the engine, and what lies before the first and after the last. */
function stepFigures(starts: readonly StartMoments[]): Figure[] {
  const names = starts[0]?.steps.map(({ name }) => name) ?? []
  const step = (name: string, runs: readonly number[]): Figure => figure({ name: `boot.step.${name}`, label: `  step ${name}`, unit: 'ms' }, runs)
  const within = names.map((name) => step(name, starts.map(({ steps }) => steps.find((each) => each.name === name)?.ms ?? 0)))
  const after = starts.map(({ engine, docker, steps }) => docker - steps.reduce((sum, { ms }) => sum + ms, engine))
  return [step('engine', starts.map(({ engine }) => engine)), ...within, step('answer', after)]
}

function afterFigures(ours: readonly Boot<StartMoments>[], theirs: readonly Boot<ReferenceMoments>[]): Figure[] {
  const pair = (head: { name: string; label: string }, value: (boot: Boot<unknown>) => number): Figure =>
    figure({ ...head, unit: 'ms' }, ours.map(value), { [conventionalGuest]: theirs.map(value) })
  return [
    pair({ name: 'boot.first-container', label: 'first docker run --rm' }, ({ containers }) => containers[0]),
    pair({ name: 'boot.container', label: 'second docker run --rm' }, ({ containers }) => containers[1]),
    pair({ name: 'boot.stop', label: 'stop' }, ({ stop }) => stop),
  ]
}
