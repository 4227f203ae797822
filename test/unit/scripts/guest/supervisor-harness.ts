import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Duplex, Readable } from 'node:stream'

import { checkout } from '#scripts/guest/recipe.ts'
import { compilerFlags } from '#scripts/guest/supervisor.ts'

const supervisor = join(checkout, 'resources', 'guest', 'supervisor')
const parts = ['clock', 'say', 'file', 'json', 'loop', 'config', 'uevent', 'probe', 'port', 'control', 'command', 'report', 'service', 'signals', 'log', 'dns', 'names', 'names_tcp', 'ports', 'swarm']

/** A message of the supervisor to the host. */
export type Message = { type: string; name?: string; state?: string; pid?: number; restarts?: number; signal?: number; code?: number }

/** The supervisor's parts compiled for this machine, in a folder of their own. */
export class Harness {
  readonly folder = mkdtempSync(join(tmpdir(), 'cove-sup-'))
  readonly #program = join(this.folder, 'harness')
  readonly #children: ChildProcess[] = []

  constructor() {
    const sources = parts.map((part) => join(supervisor, `${part}.c`))
    const harness = join(import.meta.dirname, 'supervisor-harness.c')
    const define = `-DCOVE_RUN="${join(this.folder, 'run')}"`
    const made = spawnSync('gcc', [...compilerFlags, define, `-I${supervisor}`, '-o', this.#program, harness, ...sources], { encoding: 'utf8' })
    if (made.status !== 0) throw new Error(made.stderr)
  }

  /** Compiles what dockerd starts for a published port; it becomes `dockerProxy` for a client of the guest and waits 2 s for the host's answer. */
  portProxy(dockerProxy: string): string {
    return this.#compile('port-proxy', ['port-proxy'], [`-DDOCKER_PROXY="${dockerProxy}"`, '-DANSWER_MS=2000'])
  }

  /** Compiles what dockerd runs to change a rule; it has `real` do it, %s being the program's name. */
  iptables(real: string): string {
    return this.#compile('iptables', ['iptables', 'memory', 'ruleset', 'swarm'], [`-DREAL="${real}"`])
  }

  #compile(name: 'port-proxy' | 'iptables', sources: readonly string[], own: readonly string[]): string {
    const program = join(this.folder, name)
    const folder = join(checkout, 'resources', 'guest', name)
    const defines = [`-DPORTS_SOCKET="${join(this.folder, 'run', 'ports')}"`, ...own]
    const made = spawnSync('gcc', [...compilerFlags, ...defines, '-o', program, ...sources.map((source) => join(folder, `${source}.c`))], { encoding: 'utf8' })
    if (made.status !== 0) throw new Error(made.stderr)
    return program
  }

  /** Runs one part to its end and gives what it printed. */
  run(words: string[], input: string | Buffer = ''): string {
    const done = spawnSync(this.#program, words, { input, encoding: 'utf8' })
    if (done.status !== 0) throw new Error(`harness ${words.join(' ')} ended with ${done.status}: ${done.stderr}`)
    return done.stdout
  }

  /** Supervises a shell script, with limits in ms; gives the host's side of the control port. */
  supervise(script: string, { startLimitMs = 0, stopLimitMs = 0 } = {}): { messages: AsyncIterator<Message>; port: Duplex } {
    const child = spawn(this.#program, ['supervise', script, String(startLimitMs), String(stopLimitMs)], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
    this.#children.push(child)
    const port = child.stdio[3] as unknown as Duplex
    const lines = createInterface({ input: port })[Symbol.asyncIterator]()
    async function* messages(): AsyncGenerator<Message> {
      for (let line = await lines.next(); !line.done; line = await lines.next()) yield JSON.parse(line.value) as Message
    }
    return { messages: messages(), port }
  }

  /** Runs the name service; gives its UDP and TCP port and the host's side of its port. */
  async names(fallbackPort: number): Promise<{ udp: number; tcp: number; port: Duplex }> {
    const child = spawn(this.#program, ['names', String(fallbackPort)], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] })
    this.#children.push(child)
    const lines = createInterface({ input: child.stdout as Readable })[Symbol.asyncIterator]()
    const [udp, tcp] = [Number((await lines.next()).value), Number((await lines.next()).value)]
    return { udp, tcp, port: child.stdio[3] as unknown as Duplex }
  }

  [Symbol.dispose](): void {
    for (const child of this.#children) child.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }
}
