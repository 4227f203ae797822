import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { z } from 'zod'
import { CoveError, toCoveError } from '#contract/errors.ts'
import type { Terminal, TerminalEvent } from '#contract/terminal.ts'
import { DockerApi, objectPath, query } from '../docker/docker-api.ts'
import type { Companion, Session } from '../life/parts.ts'
import { TerminalOutput } from './terminal-session.ts'

/** What to open. */
export interface TerminalWish {
  container: string
  command: readonly string[] | null
  user: string | null
  columns: number
  rows: number
}

interface Open {
  terminal: Terminal
  output: TerminalOutput
  stream: Duplex
  exec: string
  session: Session
}

const Made = z.object({ Id: z.string() })
const Exec = z.object({ ExitCode: z.int().nullish(), Running: z.boolean().default(false), Pid: z.int().default(0) })
const Named = z.object({ Id: z.string() })
/** Every image with a shell at all has sh; most people want bash where there is one. */
const bestShell = ['/bin/sh', '-c', 'command -v bash >/dev/null 2>&1 && exec bash; exec sh']
const keptEndedMs = 10 * 60_000
const maxTerminals = 64

/** Terminals in containers, kept by the engine so that a window can come back to them. */
export class Terminals {
  readonly #open = new Map<string, Open>()

  /** Ends with the session: what ran in them ends with the vm or runs on without us. */
  readonly companion: Companion = {
    name: 'terminals',
    joinSession: async (session) => ({
      [Symbol.asyncDispose]: async () => {
        for (const each of this.#open.values()) if (each.session === session) each.stream.destroy()
      },
    }),
  }

  /** @throws DockerRefusal when the container does not run, CoveError `usage.invalid` for too many. */
  async open(session: Session, wish: TerminalWish, signal: AbortSignal): Promise<Terminal> {
    if (this.#open.size >= maxTerminals) throw new CoveError('usage.invalid', { message: `${maxTerminals} terminals are open already`, hint: 'Close some of them.' })
    const api = new DockerApi(session.docker.send, signal)
    const { Id: container } = await api.get(objectPath('containers', wish.container, 'json'), Named)
    const command = [...(wish.command ?? bestShell)]
    const size = [wish.rows, wish.columns]
    const made = { AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: true, Cmd: command, Env: ['TERM=xterm-256color'], ConsoleSize: size, ...(wish.user === null ? {} : { User: wish.user }) }
    const { Id: exec } = await api.ask(objectPath('containers', container, 'exec'), Made, { json: made })
    const stream = await session.docker.hijack({ path: objectPath('exec', exec, 'start'), json: { Detach: false, Tty: true, ConsoleSize: size }, signal })
    const terminal: Terminal = { id: randomUUID(), container, command, startedAt: new Date().toISOString(), exitCode: null, isRunning: true }
    const open: Open = { terminal, output: new TerminalOutput(), stream, exec, session }
    this.#open.set(terminal.id, open)
    stream.on('error', () => undefined)
    void this.#run(open)
    return { ...terminal }
  }

  list(container: string | null): Terminal[] {
    return [...this.#open.values()].filter(({ terminal }) => container === null || terminal.container === container).map(({ terminal }) => ({ ...terminal }))
  }

  attach(id: string, signal: AbortSignal): AsyncGenerator<TerminalEvent> {
    return this.#find(id).output.attach(signal)
  }

  /** Resolves when the container's side has room for more. */
  async write(id: string, data: Buffer, signal: AbortSignal): Promise<void> {
    const { stream } = this.#find(id)
    if (stream.writable && !stream.write(data)) await Promise.race([once(stream, 'drain', { signal }), once(stream, 'close', { signal })])
  }

  async resize(id: string, size: { columns: number; rows: number }, signal: AbortSignal): Promise<void> {
    const { session, exec, terminal } = this.#find(id)
    if (!terminal.isRunning) return
    await new DockerApi(session.docker.send, signal).do('POST', `${objectPath('exec', exec, 'resize')}${query({ h: size.rows, w: size.columns })}`)
  }

  /** Hangs up: Docker alone would let the program run on. */
  async close(id: string, signal: AbortSignal): Promise<void> {
    const { session, exec, stream, terminal } = this.#find(id)
    this.#open.delete(id)
    if (terminal.isRunning) {
      const found = await new DockerApi(session.docker.send, signal).get(objectPath('exec', exec, 'json'), Exec).catch(() => undefined)
      if (found?.Running && found.Pid > 1) await session.tunnel.capture(`kill -HUP ${found.Pid} || true`, signal)
    }
    stream.destroy()
  }

  async #run(open: Open): Promise<void> {
    const { output, stream, terminal } = open
    const error = await output.pump(stream).then(
      () => null,
      (failure: unknown) => toCoveError(failure).message,
    )
    const found = await new DockerApi(open.session.docker.send).get(objectPath('exec', open.exec, 'json'), Exec).catch(() => undefined)
    terminal.isRunning = false
    terminal.exitCode = found?.ExitCode ?? null
    output.end({ exitCode: terminal.exitCode, error })
    setTimeout(() => this.#open.delete(terminal.id), keptEndedMs).unref()
  }

  #find(id: string): Open {
    const open = this.#open.get(id)
    if (open) return open
    throw new CoveError('terminal.unknown', { message: `there is no terminal "${id}", or it ended long ago`, hint: 'Open another.' })
  }
}
