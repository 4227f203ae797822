import { createHash } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { PassThrough } from 'node:stream'
import type { Session } from '#engine/life/parts.ts'
import type { GuestCommand, GuestProcess } from '#engine/tunnel/tunnel.ts'
import { FakeVm } from '../life/fake-vm.ts'

/** A guest whose Docker has its files and starts again when told to. */
export class Guest {
  readonly vm = new FakeVm(1)
  readonly files = new Map([['/etc/docker/daemon.json', '{"a":1}'], ['/run/cove/daemon.json', '{"a":1,"insecure-registries":[]}'], ['/etc/ssl/certs/cove-host.pem', '\n']])
  readonly signals: string[] = []
  /** Options that Docker was asked about. */
  readonly checked: unknown[] = []
  running = 0
  /** Docker does not come up when it is started again; the connection goes away under each command; so many questions get no answer. */
  isBroken = false
  isLost = false
  stalls = 0
  readonly #events = new EventEmitter<{ container: [] }>()

  /** For how long the engine has let go of Docker's events. */
  readonly letGo: Promise<unknown>[] = []

  constructor() {
    this.vm.reloadService = () => void this.signals.push('reload')
    this.vm.restartService = () => {
      this.signals.push('restart')
      const state = this.isBroken ? 'exited' : 'running'
      for (let times = 0; times < 3; times++) this.vm.tell('guest', { type: 'service', name: 'dockerd', state })
    }
  }

  /** A container ended by itself. */
  endContainer(): void {
    this.running--
    this.#events.emit('container')
  }

  get session(): Session {
    const running = (): number => this.running
    const on = (event: 'container', listener: () => void): Disposable => {
      this.#events.on(event, listener)
      return { [Symbol.dispose]: () => void this.#events.off(event, listener) }
    }
    const live = { on, letGo: (until: Promise<unknown>) => void this.letGo.push(until), get alive() { return running() } }
    const tunnel = { run: ({ command }: GuestCommand) => this.#process(command ?? '') }
    return { vm: this.vm, tunnel, docker: { live, info: async () => ({ containersRunning: this.stalls-- > 0 ? await Promise.reject(new Error('waited 10 s')) : this.running }) } } as unknown as Session
  }

  async #process(command: string): Promise<GuestProcess> {
    const [stdin, stdout] = [new PassThrough(), new PassThrough()]
    if (this.isLost) {
      const exited = once(stdin, 'finish').then(() => {
        const error = new Error('the connection to the guest was lost')
        stdout.destroy(error)
        throw error
      })
      return { stdin, stdout, stderr: new PassThrough(), exited, resize: () => undefined, signal: () => undefined, [Symbol.asyncDispose]: async () => undefined }
    }
    const exited = stdin.toArray().then((parts: Buffer[]) => {
      stdout.end(this.#answer(command, Buffer.concat(parts).toString()))
      return { exitCode: 0, signal: null }
    })
    return { stdin, stdout, stderr: new PassThrough(), exited, resize: () => undefined, signal: () => undefined, [Symbol.asyncDispose]: async () => undefined }
  }

  #answer(command: string, input: string): string {
    if (command.includes('--validate')) {
      this.checked.push(JSON.parse(input))
      return input.includes('nonsense') ? "unable to configure the Docker daemon with file /run/cove/daemon.check.json: the following directives don't match any configuration option: nonsense\n==1\n" : 'configuration OK\n==0\n'
    }
    const to = /cat > (\S+)\.new/.exec(command)?.[1]
    const file = (path: string): string => this.files.get(path) ?? ''
    if (to === undefined) return `${file('/etc/docker/daemon.json')}\n==\n${file('/run/cove/daemon.json')}\n==\n${sumOf(file('/etc/ssl/certs/cove-host.pem'))}  -\n\n==\n${sumOf(file('/run/cove/proxy-env'))}  -\n`
    this.files.set(to, input)
    return ''
  }
}

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
