import { join } from 'node:path'
import { execa } from 'execa'
import { connectEngine } from '#base/engine-client.ts'
import { alternate } from '../alternate.ts'
import { type Bench, type Section, smallImage } from '../bench.ts'
import { type Figure, figure, type FigureHead, type Unit } from '../figure.ts'
import { freePort } from '../free-port.ts'
import { tellMonitor } from '../monitor.ts'
import { dial, PortClients, untilAnswered } from '../port-requests.ts'
import { untilGone } from '../process-end.ts'
import { readUsage } from '../process-usage.ts'
import { benchResources } from '../reference/recipe.ts'
import { dockerOn } from '../reference/reference-vm.ts'
import { rawForward } from '../references.ts'

const peerImage = 'bench-port-peer'
const peerPort = 9000
/** Many short measurements in turn rather than a few long ones: what else the machine does then burdens both sides alike. */
const slicesPerRun = 15
/** Containers whose first connection is timed, for each run. */
const startsPerRun = 2

/** Published ports: how soon they work, what they carry against QEMU's own forward to the same container, and what many cost. */
export const ports: Section = {
  name: 'ports',
  async measure(bench: Bench): Promise<Figure[]> {
    await bench.cove.run(['start', '--wait'])
    await makePeerImage(bench)
    try {
      return [...(await firstConnects(bench)), ...(await against(bench)), ...(await manyPorts(bench)), ...(await manyContainers(bench))]
    } finally {
      await docker(bench, ['rmi', '-f', peerImage])
    }
  },
}

function docker({ cove, docker: program }: Bench, args: readonly string[]): Promise<string> {
  return dockerOn(cove.paths.dockerSocket, program, args)
}

/** The small image with the peer in it. */
async function makePeerImage(bench: Bench): Promise<void> {
  const built = join(bench.folder, 'port-peer')
  await execa('gcc', ['-O2', '-static', '-o', built, join(benchResources, 'port-peer.c')])
  const container = (await docker(bench, ['create', '--entrypoint', '/port-peer', smallImage, String(peerPort)])).trim()
  await docker(bench, ['cp', built, `${container}:/port-peer`])
  await docker(bench, ['commit', container, peerImage])
  await docker(bench, ['rm', container])
}

async function runPeer(bench: Bench, published: readonly string[]): Promise<AsyncDisposable> {
  const container = (await docker(bench, ['run', '-d', ...published.flatMap((port) => ['-p', port]), peerImage])).trim()
  return { [Symbol.asyncDispose]: async () => void (await docker(bench, ['rm', '-f', container])) }
}

async function firstConnects(bench: Bench): Promise<Figure[]> {
  const accepted: number[] = []
  const answered: number[] = []
  for (let run = 0; run < bench.runs * startsPerRun; run++) {
    const port = await freePort()
    await using _peer = await runPeer(bench, [`127.0.0.1:${port}:${peerPort}`])
    const began = performance.now()
    const socket = await dial(port)
    accepted.push(performance.now() - began)
    socket.destroy()
    await untilAnswered(port)
    answered.push(performance.now() - began)
  }
  return [
    figure({ name: 'ports.first-connect', label: 'connected after `docker run -d -p` returned', unit: 'ms' }, accepted),
    figure({ name: 'ports.first-answer', label: '  first answer', unit: 'ms', note: 'the container’s server has to come up meanwhile' }, answered),
  ]
}

/** The same container by its published port and by a forward of QEMU's own to the guest's address, where Docker's rules lead it on. */
async function against(bench: Bench): Promise<Figure[]> {
  const [published, raw] = [await freePort(), await freePort()]
  await using _peer = await runPeer(bench, [`${published}:${peerPort}`])
  await addRawForward(bench, raw, published)
  bench.say('requests and bytes through a published port and through QEMU’s own forward')
  const figures: Figure[] = []
  for (const width of [1, 8]) {
    using ours = await PortClients.open(published, width)
    using theirs = await PortClients.open(raw, width)
    const compare = async (head: Omit<FigureHead, 'unit'>, unit: Unit, measure: (clients: PortClients) => Promise<number>): Promise<void> => {
      const [mine = [], others = []] = await alternate([() => measure(ours), () => measure(theirs)], bench.runs * slicesPerRun)
      figures.push(figure({ better: 'higher', unit, ...head }, mine, { [rawForward]: others }))
    }
    const clients = width === 1 ? '1 client' : `${width} clients`
    await compare({ name: `ports.requests-${width}`, label: `requests, ${clients}` }, '/s', (each) => each.requestRate(20 * width))
    await compare({ name: `ports.connections-${width}`, label: `new connections, ${width} at a time` }, '/s', (each) => each.connectionRate(4 * width))
    await compare({ name: `ports.down-${width}`, label: `bulk from a container, ${clients}` }, 'Gbit/s', (each) => each.bulkRate(1e6, 'down'))
    await compare({ name: `ports.up-${width}`, label: `bulk to a container, ${clients}` }, 'Gbit/s', (each) => each.bulkRate(1e6, 'up'))
  }
  return figures
}

/** QEMU's monitor is the engine's: it goes and comes back, which neither vm nor forwards mind. */
async function addRawForward({ cove }: Bench, hostPort: number, guestPort: number): Promise<void> {
  const { engine } = await cove.status()
  const client = await connectEngine({ paths: cove.paths })
  await client.api.engine.shutdown({ keepVm: true }).catch(() => undefined)
  await client[Symbol.asyncDispose]()
  await untilGone(engine?.pid ?? 0, 60_000)
  await tellMonitor(cove.paths.qmpSocket, [`hostfwd_add net0 tcp:127.0.0.1:${hostPort}-10.0.2.15:${guestPort}`])
  await cove.run(['start', '--wait'])
}

async function requestRate(port: number): Promise<number> {
  using clients = await PortClients.open(port, 1)
  return await clients.requestRate(300)
}

/** What publishing costs as the number of ports grows, and whether the others become slower for it. */
async function manyPorts(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = []
  // Docker's own rules for each port take their time in an emulated guest.
  for (const count of bench.isQuick ? [1, 10] : [1, 10, 100]) {
    bench.say(`one container with ${count} published ports`)
    const first = await freeRange(count)
    const began = performance.now()
    await using _peer = await runPeer(bench, [`127.0.0.1:${first}-${first + count - 1}:${peerPort}-${peerPort + count - 1}`])
    const run = performance.now() - began
    const rate = await requestRate(first)
    const { engine } = await bench.cove.status()
    figures.push(
      figure({ name: `ports.run-${count}`, label: `docker run -d with ${count} published ports`, unit: 'ms' }, [run]),
      figure({ name: `ports.rate-${count}`, label: '  requests through the first, 1 client', unit: '/s', better: 'higher' }, [rate]),
      figure({ name: `ports.rss-${count}`, label: '  engine RSS then', unit: 'MB' }, [(await readUsage(engine?.pid ?? 0)).residentMB]),
    )
  }
  return figures
}

/** The same with a container for each port: under emulation most of it is Docker's own time. */
async function manyContainers(bench: Bench): Promise<Figure[]> {
  const most = process.env['COVE_TEST_FULL'] === '1' ? 100 : bench.isQuick ? 3 : 10
  bench.say(`${most} containers with a published port each`)
  await using peers = new AsyncDisposableStack()
  const delays: number[] = []
  let last = 0
  for (let index = 0; index < most; index++) {
    last = await freePort()
    peers.use(await runPeer(bench, [`127.0.0.1:${last}:${peerPort}`]))
    const began = performance.now()
    await untilAnswered(last)
    delays.push(performance.now() - began)
  }
  const { engine } = await bench.cove.status()
  return [
    figure({ name: `ports.containers-${most}-answer`, label: `first answer of each of ${most} containers`, unit: 'ms' }, delays),
    figure({ name: `ports.containers-${most}-rate`, label: '  requests to the last, 1 client', unit: '/s', better: 'higher' }, [await requestRate(last)]),
    figure({ name: `ports.containers-${most}-rss`, label: '  engine RSS then', unit: 'MB' }, [(await readUsage(engine?.pid ?? 0)).residentMB]),
  ]
}

/** The first of so many ports in a row that are likely free: from where the system takes none by itself. */
async function freeRange(count: number): Promise<number> {
  return 20_000 + ((await freePort()) % 100) * count
}
