import { alternate } from '../alternate.ts'
import type { Bench, Section } from '../bench.ts'
import { receiveBulk, sendBulk } from '../bulk.ts'
import { connectionRate, pingKeptAlive, pingOnce } from '../docker-requests.ts'
import { type Figure, figure, type FigureHead } from '../figure.ts'
import { withBulkPeer } from '../guest-peer.ts'
import { readUsage, usageBetween } from '../process-usage.ts'
import { openSshAes, openSshDefault } from '../references.ts'
import { openForward } from '../ssh-forward.ts'
import { readSshPort } from '../ssh-port.ts'
import { percentile } from '../statistics.ts'

/** Cove's docker.sock, and OpenSSH's forward of the same guest socket with either cipher. */
const names = ['Cove', openSshDefault, openSshAes] as const
type Sockets = readonly [string, string, string]

/** The sockets to compare, and the processes on the host that carry their bytes. */
interface Ways {
  sockets: Sockets
  pids: readonly number[]
}

const guestSocket = '/run/docker.sock'
/** How long one bulk transfer should take: long enough to leave ramp-up behind. */
const bulkSeconds = 3
const bulkLimits = { least: 16e6, most: 1e9 }

/** The tunnel against OpenSSH to the same guest: connections and requests with Docker, bulk with a peer that only moves bytes. */
export const tunnel: Section = {
  name: 'tunnel',
  async measure(bench: Bench): Promise<Figure[]> {
    const { cove } = bench
    await cove.run(['start', '--wait'])
    const target = { folder: bench.folder, port: await readSshPort(cove.paths.vmRecord), key: cove.paths.clientKey, user: 'root', guestSocket }
    await using plain = await openForward(target)
    await using aes = await openForward({ ...target, cipher: 'aes128-gcm@openssh.com' })
    const sockets: Sockets = [cove.paths.dockerSocket, plain.socket, aes.socket]
    for (const socket of sockets) await repeat(20, () => pingOnce(socket))
    const { engine } = await cove.status()
    const pids = [engine?.pid ?? 0, plain.pid, aes.pid]
    return [...(await measureRequests(bench, sockets)), ...(await withBulkPeer(bench, guestSocket, () => measureBulk(bench, { sockets, pids })))]
  },
}

async function measureRequests(bench: Bench, sockets: Sockets): Promise<Figure[]> {
  const count = bench.isQuick ? 40 : 150
  bench.say('connections and requests through the tunnel')
  const setUps = await onEach(bench, sockets, (socket) => repeat(count, () => pingOnce(socket)))
  const requests = await onEach(bench, sockets, (socket) => pingKeptAlive(socket, count))
  const rates = await onEach(bench, sockets, (socket) => connectionRate(socket, count, 8))
  const share = (runs: number[][][], at: number): number[][] => runs.map((batches) => batches.map((times) => percentile(times, at)))
  return [
    versus({ name: 'tunnel.setup-p50', label: 'connect + _ping + close, p50', unit: 'ms' }, share(setUps, 0.5)),
    versus({ name: 'tunnel.setup-p95', label: 'connect + _ping + close, p95', unit: 'ms' }, share(setUps, 0.95)),
    versus({ name: 'tunnel.setup-worst', label: 'connect + _ping + close, worst', unit: 'ms' }, share(setUps, 1)),
    versus({ name: 'tunnel.connections', label: 'new connections, 8 at a time', unit: '/s', better: 'higher' }, rates),
    versus({ name: 'tunnel.request-p50', label: '_ping on one connection, p50', unit: 'ms' }, share(requests, 0.5)),
    versus({ name: 'tunnel.request-p95', label: '_ping on one connection, p95', unit: 'ms' }, share(requests, 0.95)),
    versus({ name: 'tunnel.request-worst', label: '_ping on one connection, worst', unit: 'ms' }, share(requests, 1)),
  ]
}

async function measureBulk(bench: Bench, { sockets, pids }: Ways): Promise<Figure[]> {
  // Once each way beforehand: the first bytes find cold code in emulated guests, and tell how many bytes take long enough.
  for (const socket of sockets) await receiveBulk(socket, bulkLimits.least)
  const first = await sendBulk(sockets[0], bulkLimits.least)
  const bytes = Math.round(Math.min(bulkLimits.most, Math.max(bulkLimits.least, first * 1e6 * bulkSeconds)))
  bench.say(`${(bytes / 1e6).toFixed(0)} MB through the tunnel, each way`)
  const up = await onEach(bench, sockets, (socket) => withCpu(pids[sockets.indexOf(socket)], () => sendBulk(socket, bytes)))
  const down = await onEach(bench, sockets, (socket) => withCpu(pids[sockets.indexOf(socket)], () => receiveBulk(socket, bytes)))
  const note = `${(bytes / 1e6).toFixed(0)} MB to or from a program in the guest that listens in docker.sock's place and only moves bytes`
  const rates = (runs: Bulk[][]): number[][] => runs.map((each) => each.map(({ rate }) => rate))
  const costs = (runs: Bulk[][]): number[][] => runs.map((each) => each.map(({ cpuMs }) => cpuMs / (bytes / 1e6)))
  return [
    versus({ name: 'tunnel.bulk-up', label: 'bulk to the guest', unit: 'MB/s', better: 'higher', note }, rates(up)),
    versus({ name: 'tunnel.bulk-down', label: 'bulk from the guest', unit: 'MB/s', better: 'higher' }, rates(down)),
    versus({ name: 'tunnel.bulk-up-cpu', label: '  host CPU to the guest', unit: 'ms/MB', note: 'of the engine, or of the ssh process' }, costs(up)),
    versus({ name: 'tunnel.bulk-down-cpu', label: '  host CPU from the guest', unit: 'ms/MB' }, costs(down)),
  ]
}

interface Bulk {
  /** MB/s. */
  rate: number
  /** Processor time of the process that carried the bytes on the host. */
  cpuMs: number
}

async function withCpu(pid: number | undefined, transfer: () => Promise<number>): Promise<Bulk> {
  if (pid === undefined) throw new Error('nothing carries this socket')
  const before = await readUsage(pid)
  const rate = await transfer()
  const after = await readUsage(pid)
  return { rate, cpuMs: (usageBetween(before, after).cpuMsPerSecond * (after.at - before.at)) / 1000 }
}

function onEach<T>(bench: Bench, sockets: Sockets, measure: (socket: string) => Promise<T>): Promise<T[][]> {
  return alternate(sockets.map((socket) => () => measure(socket)), bench.runs)
}

async function repeat(count: number, measure: () => Promise<number>): Promise<number[]> {
  const times: number[] = []
  for (let index = 0; index < count; index++) times.push(await measure())
  return times
}

/** A figure from the runs of Cove and of both forwards, in the order of `names`. */
function versus(head: FigureHead, runs: readonly number[][]): Figure {
  const [ours = [], ...theirs] = runs
  return figure(head, ours, Object.fromEntries(theirs.map((values, index) => [names[index + 1] ?? '', values])))
}
